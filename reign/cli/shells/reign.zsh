#compdef reign
# Completion of reign in zsh: eval "$(reign completion zsh)", or as a file _reign in a folder of $fpath
_reign() {
    local reply head
    local -a plain told space
    for reply in "${(@f)$(_REIGN_COMPLETE=zsh ${words[1]} "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" </dev/null 2>/dev/null)}"; do
        case $reply in
            '='*) plain+=("${reply#=}") ;;
            '~'*) told+=("${reply#'~'}") ;;
            nospace) space=(-S '') ;;
            cut=*) compset -p "${reply#cut=}" ;;
            files) _files ;;
            folders) _files -/ ;;
        esac
    done
    (( $#told )) && _describe -V reign told "${(@)space}"
    (( $#plain )) && compadd -V names "${(@)space}" -- "${(@)plain}"
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _reign "$@"
else
    compdef _reign reign
fi
