/**
 * Copies of `@jobpass/core` below a folder. An identity that one copy made is unknown to another,
 * so two copies refuse each other's rules.
 */

import type { Dirent } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { escapeForLog } from '@jobpass/core/internal'
import type { Check } from './check.ts'

const wanted = '@jobpass/core'
/** The most packages to look at. */
const most = 100_000

/** An installed copy. */
interface Copy {
  /** The folder, without symbolic links. */
  readonly folder: string
  /** Its version. */
  readonly version: string
}

/** Checks that at most one copy can be reached from `node_modules` of a folder. */
export async function checkCopies(cwd: string): Promise<Check> {
  const copies = await copiesFrom(await nearestModules(cwd))
  const [first] = copies
  if (first === undefined) return { name: 'copies', status: 'skipped', text: `${wanted} is not installed here` }
  if (copies.length === 1) return { name: 'copies', status: 'ok', text: `one copy of ${wanted}, ${first.version}` }
  const list = copies.map(({ folder, version }) => `${version} in ${escapeForLog(relative(cwd, folder))}`)
  return {
    name: 'copies',
    status: 'problem',
    text: `${copies.length} copies of ${wanted}: ${list.join(', ')}`,
    fix: 'update all @jobpass packages together, then let the package manager deduplicate',
  }
}

/** `node_modules` of a folder, or of the nearest one above: workspaces hoist their packages. */
async function nearestModules(folder: string): Promise<string> {
  const modules = join(folder, 'node_modules')
  const above = dirname(folder)
  if (above === folder || (await stat(modules).catch(() => undefined))?.isDirectory() === true) return modules
  return nearestModules(above)
}

/** Walks `node_modules` folders, each real folder once. */
async function copiesFrom(root: string): Promise<readonly Copy[]> {
  const copies: Copy[] = []
  const seen = new Set<string>()
  const folders = [root]
  for (let folder = folders.pop(); folder !== undefined && seen.size < most; folder = folders.pop()) {
    if (seen.has(folder)) continue
    seen.add(folder)
    for (const path of await packagesIn(folder)) {
      const real = await realpath(path).catch(() => undefined)
      if (real === undefined || seen.has(real)) continue
      seen.add(real)
      const version = await versionIn(real)
      if (version !== undefined) copies.push({ folder: real, version })
      folders.push(join(real, 'node_modules'), ...modulesAround(real))
    }
  }
  return copies.toSorted((a, b) => (a.folder < b.folder ? -1 : 1))
}

/** The `node_modules` that a package is in: with pnpm, its dependencies are there as well. */
function modulesAround(folder: string): readonly string[] {
  const parent = dirname(folder)
  const modules = basename(parent).startsWith('@') ? dirname(parent) : parent
  return basename(modules) === 'node_modules' ? [modules] : []
}

/** The folders of packages in `node_modules`, in its scopes, and in the store of pnpm. */
async function packagesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => [])
  const names = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name)
  const nested = names.map(async (name) => {
    const path = join(folder, name)
    if (name.startsWith('@')) return packagesIn(path)
    if (name === '.pnpm') return (await readdir(path).catch(() => [])).map((each) => join(path, each))
    return name.startsWith('.') ? [] : [path]
  })
  return (await Promise.all(nested)).flat()
}

/** The version, where the folder is a copy of the package. */
async function versionIn(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '')
  if (!text.includes(`"${wanted}"`)) return undefined
  try {
    const { name, version } = JSON.parse(text) as { readonly name?: unknown; readonly version?: unknown }
    return name === wanted ? escapeForLog(String(version)) : undefined
  } catch {
    return undefined
  }
}
