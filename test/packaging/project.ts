// A project outside of the workspace with the tarballs installed, like a user's project.

import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))

/** The tarballs made by `.ci/pack`. */
export const tarballs = readdirSync(join(root, 'tarballs')).map((name) => join(root, 'tarballs', name))

/** The manifest of a package. */
interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Project {
  readonly folder: string
  /** The installed packages: name without scope, and folder. */
  readonly packages: readonly (readonly [name: string, folder: string])[]
  manifest(folder: string): Manifest
  remove(): void
}

/** Third-party packages are linked from the workspace, so nothing is fetched. */
export function installed(): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jobpass-project-')))
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@jobpass'), { recursive: true })
  for (const name of ['@hono', '@koa', '@nestjs', '@types', 'express', 'fastify', 'hono', 'koa', 'yaml'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  for (const [home, name] of [
    ['cli', '@clack'],
    ['cli', '@stricli'],
    ['cli', 'node-sarif-builder'],
    ['fastify', 'fastify-plugin'],
    ['import', '@bufbuild'],
  ] as const)
    symlinkSync(join(root, 'packages', home, 'node_modules', name), join(modules, name))
  // Jest decides by path which files to transform: jose is where npm would install it.
  cpSync(realpathSync(join(root, 'node_modules/jose')), join(modules, 'jose'), { recursive: true })
  const packages = tarballs.map((tarball) => {
    // `jobpass` itself has no scope.
    const name = /jobpass-([a-z]+)-[^/\\]+$/.exec(tarball)?.[1] ?? 'jobpass'
    const home = name === 'jobpass' ? join(modules, name) : join(modules, '@jobpass', name)
    mkdirSync(home)
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', home])
    return [name, home] as const
  })
  return {
    folder,
    packages,
    manifest: (home) => JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A file of a tool that is installed for these checks, not for the project. */
export const bin = (name: string): string => join(here, 'node_modules', name)

/** Runs Node without the variables of the test runner, which change the behaviour of tools. */
export function runNode(
  cwd: string,
  ...args: readonly string[]
): Promise<{ readonly output: string; readonly code: number }> {
  const { PATH, HOME } = process.env
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd, env: { PATH, HOME, CI: 'true' } }, (_, stdout, stderr) =>
      resolve({ output: stdout + stderr, code: child.exitCode ?? 1 }),
    )
  })
}
