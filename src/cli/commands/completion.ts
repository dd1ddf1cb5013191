/** `code-engine completion`: what a shell is told so that its Tab key knows commands, options, workflows, tasks and runs. */
import { Argument } from 'commander';
import { command, runAction } from '../command.ts';
import { EXIT, type CommandFunction } from '../io.ts';

/** Each asks `code-engine __complete -- WORD…`, which answers a line for each candidate: it, a tab, what it is. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_code_engine() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$(printf '%q' "\${line%%$'\\t'*}")")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case "\${COMPREPLY[*]}" in */ | *=) compopt -o nospace 2>/dev/null ;; esac
}
complete -F _code_engine code-engine
`,
  zsh: `#compdef code-engine
_code_engine() {
  local line value
  local -a open described
  for line in "\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    value="\${line%%$'\\t'*}"
    case "$value" in
      '') ;;
      */ | *=) open+=("$value") ;;
      *) described+=("\${value//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  (( $#described )) && _describe -V 'code-engine' described
  (( $#open )) && compadd -S '' -- "\${open[@]}"
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _code_engine code-engine
`,
  fish: `function __code_engine_complete
  set -l words (commandline -opc)
  set -l now (commandline -ct)
  $words[1] __complete -- $words[2..-1] "$now" 2>/dev/null
end
complete -c code-engine -f -a '(__code_engine_complete)'
`,
};

export const completion: CommandFunction = (args, io) => {
  const made = command('completion', 'Print what a shell needs so that its Tab key completes code-engine.', io)
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      `
In the shell's start-up file:
  bash   ~/.bashrc                     eval "$(code-engine completion bash)"
  zsh    ~/.zshrc                      eval "$(code-engine completion zsh)"
  fish   ~/.config/fish/config.fish    code-engine completion fish | source`,
    );
  return runAction(made, args, io, ([shell = '']) => {
    io.out.write(SCRIPTS[shell] ?? '');
    return Promise.resolve(EXIT.held);
  });
};
