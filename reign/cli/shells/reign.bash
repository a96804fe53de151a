# Completion of reign in bash: eval "$(reign completion bash)"
_reign_completion() {
    local reply
    COMPREPLY=()
    while IFS= read -r reply; do
        case $reply in
            '='*) COMPREPLY+=("${reply#=}") ;;
            files) compopt -o default 2>/dev/null ;;
            folders) compopt -o dirnames 2>/dev/null ;;
            nospace) compopt -o nospace 2>/dev/null ;;
        esac
    done < <(_REIGN_COMPLETE=bash _REIGN_LINE="${COMP_LINE:0:COMP_POINT}" _REIGN_BREAKS="$COMP_WORDBREAKS" "$1" </dev/null 2>/dev/null)
}
complete -o nosort -F _reign_completion reign 2>/dev/null || complete -F _reign_completion reign
