/**
 * A runner as GitHub documents it: inputs and files for an action, its bundled `main` and `post` as
 * processes, their commands, and a log in which masked texts are hidden.
 */

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

export const home: string = fileURLToPath(new URL('../../action/', import.meta.url))

/** `action.yml`. */
export interface Metadata {
  readonly name: string
  readonly description: string
  readonly branding: { readonly icon: string; readonly color: string }
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>
  readonly outputs: Readonly<Record<string, { readonly description: string }>>
  readonly runs: Readonly<Record<'using' | 'main' | 'post' | 'post-if', string>>
}

export const metadata: Metadata = parse(readFileSync(`${home}action.yml`, 'utf8')) as Metadata

/** A workflow command. */
interface Command {
  readonly name: string
  readonly text: string
}

/** What one process of the action did. */
export interface Run {
  readonly code: number | null
  /** What a reader of the log sees. */
  readonly log: string
  readonly commands: readonly Command[]
}

/** The texts of the commands with a name. */
export const textsOf = ({ commands }: Run, name: string): readonly string[] =>
  commands.filter((each) => each.name === name).map(({ text }) => text)

export interface JobOptions {
  /** `with:` of the step. */
  readonly inputs: Readonly<Record<string, string>>
  /** Variables of the runner and of the job. */
  readonly env?: Readonly<Record<string, string>>
  /** The event's name and payload. Default: a push. */
  readonly event?: readonly [name: string, payload: unknown]
}

/** A job with one step, which uses the action. */
export class RunnerJob {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'jobpass-runner-'))
  /** `RUNNER_TEMP`. */
  readonly temporary: string = join(this.folder, 'temp')
  readonly #env: Readonly<Record<string, string>>
  readonly #masked = new Set<string>()
  /** The programs of the action. */
  programs: Readonly<Record<'main' | 'post', string>> = {
    main: join(home, metadata.runs.main),
    post: join(home, metadata.runs.post),
  }

  constructor({ inputs, env = {}, event: [name, payload] = ['push', {}] }: JobOptions) {
    mkdirSync(this.temporary)
    for (const file of ['output', 'state', 'env']) writeFileSync(join(this.folder, file), '')
    writeFileSync(join(this.folder, 'event.json'), JSON.stringify(payload))
    const all = {
      ...Object.fromEntries(Object.entries(metadata.inputs).map(([id, given]) => [id, given.default ?? ''])),
      ...inputs,
    }
    const variables = Object.entries(all).map(([id, value]) => [
      `INPUT_${id.replaceAll(' ', '_').toUpperCase()}`,
      value,
    ])
    this.#env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: name,
      GITHUB_EVENT_PATH: join(this.folder, 'event.json'),
      GITHUB_OUTPUT: join(this.folder, 'output'),
      GITHUB_STATE: join(this.folder, 'state'),
      GITHUB_ENV: join(this.folder, 'env'),
      RUNNER_TEMP: this.temporary,
      ...Object.fromEntries(variables),
      ...env,
    }
  }

  main(): Promise<Run> {
    return this.#run(this.programs.main, {})
  }

  /** Runs after all steps; `main` may have failed. `changed` replaces state that `main` kept. */
  post(changed: Readonly<Record<string, string>> = {}): Promise<Run> {
    const state = Object.entries({ ...this.#read('state'), ...changed }).map(([name, value]) => [
      `STATE_${name}`,
      value,
    ])
    return this.#run(this.programs.post, Object.fromEntries(state))
  }

  /** The outputs of the step. */
  get outputs(): Readonly<Record<string, string>> {
    return this.#read('output')
  }

  /** The variables that it set for further steps. */
  get variables(): Readonly<Record<string, string>> {
    return this.#read('env')
  }

  /** The texts that the runner hides. */
  get masked(): readonly string[] {
    return [...this.#masked]
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #read(file: string): Readonly<Record<string, string>> {
    return parseFileCommands(readFileSync(join(this.folder, file), 'utf8'))
  }

  async #run(file: string, state: Readonly<Record<string, string>>): Promise<Run> {
    const child = spawn(process.execPath, [file], { env: { ...this.#env, ...state }, cwd: this.folder })
    let [printed, failed] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (failed += text))
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    const lines = `${printed}\n${failed}`.split(/\r?\n/)
    const commands: Command[] = []
    const log = lines.flatMap((line) => {
      const command = parseCommand(line)
      if (command !== undefined) commands.push(command)
      if (command?.name === 'add-mask') this.#masked.add(command.text)
      return command?.name === 'add-mask' ? [] : [this.#hide(line)]
    })
    return { code, log: log.join('\n').trim(), commands }
  }

  /** The runner hides what it knows. What looks like a token and is not hidden is a leak. */
  #hide(line: string): string {
    if ([...this.#masked].some((secret) => line.includes(secret))) throw new Error('A masked text was printed.')
    if (/eyJ[\w-]{8}/.test(line)) throw new Error('A token was printed, and is not masked.')
    return line
  }
}

const decode = (text: string): string => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')

function parseCommand(line: string): Command | undefined {
  const [, name, text = ''] = /^::([\w-]+)(?: [^:]*)?::(.*)$/.exec(line) ?? []
  return name === undefined ? undefined : { name, text: decode(text) }
}

/** `name<<delimiter`, lines, `delimiter`; or `name=value`. Anything else stops the runner. */
function parseFileCommands(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  const lines = text.split(/\r?\n/)
  while (lines.length > 0) {
    const line = lines.shift() ?? ''
    const [, name = '', delimiter] = /^([^=]+?)<<(.+)$/.exec(line) ?? []
    if (line === '') continue
    if (delimiter === undefined) throw new Error(`Invalid format '${line}'`)
    const end = lines.indexOf(delimiter)
    if (end === -1) throw new Error(`Matching delimiter not found '${delimiter}'`)
    found[name] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n')
  }
  return found
}
