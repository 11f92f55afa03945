# fish completion for kubectl-nodemaint.
#
# For `kubectl nodemaint ...` kubectl's own completion asks kubectl_complete-nodemaint instead:
# kubectl nodemaint completion install

function __kubectl_nodemaint_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    # fish replaces the whole word, so a value after --flag= gets that back.
    set -l flag (string match -r -- '^-[^=]*=' "$current"; or echo)
    if test (count $lines) -gt 1
        printf "$flag%s\n" $lines[1..-2]
    else if test "$lines[-1]" = ":0"
        set -l files (__fish_complete_path (string replace -- "$flag" '' "$current"))
        test (count $files) -gt 0; and printf "$flag%s\n" $files
    end
end

complete -c kubectl-nodemaint -f -k -a '(__kubectl_nodemaint_complete)'
