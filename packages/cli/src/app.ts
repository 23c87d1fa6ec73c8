/** The commands. Each is loaded when it is called, so that `--help` starts at once. */

import type { Application } from '@stricli/core'
import {
  ArgumentScannerError,
  buildApplication,
  buildRouteMap,
  formatMessageForArgumentScannerError,
  proposeCompletions,
  text_en,
} from '@stricli/core'
import { completionsOf } from './commands/completions.ts'
import { dev } from './commands/dev.ts'
import { diff } from './commands/diff.ts'
import { doctor } from './commands/doctor.ts'
import { explain } from './commands/explain.ts'
import { importCommand } from './commands/import.ts'
import { init } from './commands/init.ts'
import { keys } from './commands/keys.ts'
import { lint } from './commands/lint.ts'
import { schema } from './commands/schema.ts'
import { serve } from './commands/serve.ts'
import { testCommand } from './commands/test.ts'
import { token } from './commands/token.ts'
import { verify } from './commands/verify.ts'
import { whoami } from './commands/whoami.ts'
import type { Context } from './context.ts'
import { CommandError, exitCodes } from './io/exit.ts'

const commands = {
  explain,
  verify,
  lint,
  test: testCommand,
  diff,
  import: importCommand,
  token,
  whoami,
  dev,
  serve,
  keys,
  init,
  doctor,
  schema,
}

/** The names of the commands. */
export const commandNames: readonly string[] = [...Object.keys(commands), 'completions']

/** Makes the program. */
export function makeApp(version: string): Application<Context> {
  const completions = completionsOf((words, context) => proposeCompletions(app, words, context))
  const root = buildRouteMap({
    routes: { ...commands, completions },
    docs: {
      brief: 'Ask why a CI job is refused, and keep the rules for CI jobs in order',
      fullDescription: description,
    },
  })
  const app = buildApplication(root, {
    name: 'jobpass',
    versionInfo: { currentVersion: version },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { caseStyle: 'convert-camel-to-kebab', disableAnsiColor: true },
    localization: {
      text: {
        ...text_en,
        exceptionWhileParsingArguments: parsingMessage,
        exceptionWhileRunningCommand: messageOf,
        exceptionWhileLoadingCommandFunction: messageOf,
        commandErrorResult: messageOf,
      },
    },
    determineExitCode: (error) => (error instanceof CommandError ? error.exitCode : exitCodes.usage),
  })
  return app
}

/** A mistake in the arguments. An argument too many is not shown: it may be a token. */
function parsingMessage(error: unknown): string {
  if (error instanceof CommandError) return `jobpass: ${error.message}`
  if (!(error instanceof ArgumentScannerError)) return messageOf(error)
  const message = formatMessageForArgumentScannerError(error, {
    UnexpectedPositionalError: ({ expectedCount }) =>
      `too many arguments: it takes ${expectedCount}; tokens come by standard input`,
  })
  return `jobpass: ${message}\nTry --help.`
}

/** A mistake of the user is a sentence; a fault of the program comes with its stack. */
function messageOf(error: unknown): string {
  if (error instanceof CommandError) return `jobpass: ${error.message}`
  return `jobpass failed, which is a fault of jobpass: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}

const description = [
  'Ask why a CI job is refused, and keep the rules for CI jobs in order.',
  '',
  'Nothing uses the network unless a flag or the purpose of a command says so. Tokens come by standard',
  'input or by a variable, never as an argument, which other processes could read.',
  '',
  'EXIT CODES',
  '  0  yes: allowed and verified, no finding, no difference',
  '  1  no: refused, a finding, a failed case, a difference',
  '  2  it would be allowed, but something in the answer is not verified',
  '  3  the command is wrong: a flag, a file, a document',
  '  4  something could not be reached',
].join('\n')
