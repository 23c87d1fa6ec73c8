/**
 * The program `jobpass` as users run it: bundled once per test run, started with real pipes, or in
 * a real pseudo-terminal by `script` of util-linux.
 */

import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The result of a run. */
export interface Run {
  /** Standard output; in a terminal, all output. */
  readonly out: string
  /** Standard error; empty in a terminal. */
  readonly err: string
  /** The exit code; `null` where a signal ended it. */
  readonly code: number | null
}

/** How to run the program. */
interface RunOptions {
  /** Standard input. Default: none, which ends at once. */
  readonly input?: string | Buffer
  /** The folder. Default: that of the test. */
  readonly cwd?: string
  /** Variables, in addition to `PATH` and `HOME`. */
  readonly env?: Readonly<Record<string, string>>
}

/** A bundled program, in a folder of its own with a working folder beside it. */
export interface Program {
  /** The file to run. */
  readonly file: string
  /** An empty folder. */
  readonly folder: string
  /** Writes a file into the folder. */
  write(name: string, text: string): string
  /** Runs the program with pipes. */
  run(args: readonly string[], options?: RunOptions): Promise<Run>
  /** Runs the program in a pseudo-terminal of so many columns. */
  runInTerminal(args: readonly string[], options?: RunOptions & { readonly columns?: number }): Promise<Run>
  /** Removes everything. */
  remove(): void
}

/** Whether this machine can make pseudo-terminals. */
export const hasTerminals: boolean = spawnSync('script', ['--version']).status === 0

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** Bundles the program. */
export async function bundleProgram(): Promise<Program> {
  const home = mkdtempSync(join(tmpdir(), 'jobpass-cli-'))
  const folder = join(home, 'work')
  mkdirSync(folder)
  // In the package, where the program finds what is not bundled.
  const installed = mkdtempSync(join(root, 'packages/cli/node_modules/.program-'))
  copyFileSync(join(root, 'packages/cli/package.json'), join(installed, 'package.json'))
  const file = join(installed, 'dist', 'bin.js')
  await build({
    entryPoints: [join(root, 'packages/cli/src/bin.ts')],
    outdir: dirname(file),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@jobpass/source'],
    // CommonJS, whose names esbuild loses in a chunk of its own.
    external: ['node-sarif-builder'],
    // CommonJS packages in the bundle use `require` for modules of Node.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  })
  const envOf = ({ env }: RunOptions): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'],
    HOME: home,
    ...env,
  })
  return {
    file,
    folder,
    write: (name, text) => {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      return path
    },
    run: (args, options = {}) =>
      finish(
        spawn(process.execPath, [file, ...args], { cwd: options.cwd ?? folder, env: envOf(options) }),
        options.input ?? '',
      ),
    runInTerminal: (args, { columns = 80, ...options } = {}) => {
      const command = [process.execPath, file, ...args].map(quoted).join(' ')
      const inTerminal = `stty cols ${columns} rows 24 -echo; exec ${command}`
      return finish(
        spawn('script', ['--quiet', '--return', '--command', inTerminal, '/dev/null'], {
          cwd: options.cwd ?? folder,
          env: { ...envOf(options), TERM: 'xterm-256color', SHELL: '/bin/sh' },
        }),
        options.input,
      )
    },
    remove: () => [home, installed].forEach((each) => rmSync(each, { recursive: true, force: true })),
  }
}

function finish(child: ReturnType<typeof spawn>, input: string | Buffer | undefined): Promise<Run> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
  // A program that has read enough closes its standard input.
  child.stdin?.on('error', () => {})
  if (input !== undefined) child.stdin?.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({ out: Buffer.concat(out).toString('utf8'), err: Buffer.concat(err).toString('utf8'), code }),
    )
  })
}
