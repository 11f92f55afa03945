# bash completion for kubectl-nodemaint (bash 3.2 and later).
#
# For `kubectl nodemaint ...` kubectl's own completion asks kubectl_complete-nodemaint instead:
# kubectl nodemaint completion install

_kubectl_nodemaint() {
    local -a words candidates
    local i part line directive=4
    words=()
    candidates=()
    # bash cuts words at "=" and ":"; the program wants them whole.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        part="${COMP_WORDS[i]}"
        if ((${#words[@]} > 0)) && [[ "$part" == [=:]* || "${COMP_WORDS[i - 1]}" == [=:] ]]; then
            words[${#words[@]} - 1]+="$part"
        else
            words[${#words[@]}]="$part"
        fi
    done
    while IFS= read -r line; do
        case "$line" in
        :[0-9]*) directive="${line#:}" ;;
        *) candidates[${#candidates[@]}]="${line%%$'\t'*}" ;;
        esac
    done < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null)

    # What the program offers belongs to the whole word; bash replaces what follows the last cut.
    part="${COMP_WORDS[COMP_CWORD]}"
    [[ "$part" == [=:] ]] && part=""
    COMPREPLY=()
    for line in "${candidates[@]}"; do
        [[ "$line" == "$part"* ]] && COMPREPLY[${#COMPREPLY[@]}]="$line"
    done
    # Bit 4: file names are no answer here.
    if ((directive & 4)) && type compopt >/dev/null 2>&1; then
        compopt +o default
    fi
}

complete -o default -F _kubectl_nodemaint kubectl-nodemaint
