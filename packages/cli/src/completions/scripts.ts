/**
 * Scripts by which shells ask the program itself for completions. File names complete where it has
 * none.
 */

/** The scripts. */
export const scripts: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = {
  bash: `
_jobpass() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(jobpass completions propose -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _jobpass jobpass
`.trimStart(),
  zsh: `
#compdef jobpass
_jobpass() {
  local line
  local -a words_found
  while IFS= read -r line; do
    words_found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(jobpass completions propose -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#words_found} )); then _describe jobpass words_found; else _files; fi
}
compdef _jobpass jobpass
`.trimStart(),
  fish: `
function __jobpass_propose
  set -l words (commandline --tokenize --cut-at-cursor --current-process) (commandline --cut-at-cursor --current-token)
  jobpass completions propose -- $words[2..-1] 2>/dev/null
end
complete --command jobpass --arguments '(__jobpass_propose)'
`.trimStart(),
}
