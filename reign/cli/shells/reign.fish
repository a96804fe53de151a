# Completion of reign in fish: reign completion fish > ~/.config/fish/completions/reign.fish
function __reign_completion
    set -l token (commandline -ct)
    set -l words (commandline -opc)
    for reply in (_REIGN_COMPLETE=fish $words[1] $words[2..-1] "$token" </dev/null 2>/dev/null)
        switch $reply
            case '=*'
                string sub -s 2 -- $reply
            case files folders
                set -l head (string match -r -- '^--?[^=/]*=' $token)
                set -l begun (string replace -- "$head" '' $token)
                set -l path (string unescape -- $begun; or string trim -l -c '"\'' -- $begun)
                set -l paths
                if test $reply = files
                    set paths (__fish_complete_path "$path")
                else
                    set paths (__fish_complete_directories "$path" '')
                end
                for path in $paths
                    echo "$head$path"
                end
        end
    end
end
complete -c reign -f -k -a '(__reign_completion)'
