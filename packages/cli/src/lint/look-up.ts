/** What lint does with the names of a policy: compares them with the platform, and writes ids. */

import { open, rename } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { LintFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { checkNames, idsOf, registries } from '../names/check-names.ts'
import type { NamedRule } from '../names/named-rules.ts'
import { namedRules } from '../names/named-rules.ts'
import { recordedNames } from '../names/recorded-names.ts'
import type { Names, Registry } from '../names/registry.ts'
import { writeIds } from '../names/write-ids.ts'
import { placesIn } from '../policy/places.ts'
import type { PolicyText } from '../policy/read-policy.ts'
import { readRecorded } from '../recorded/read-recorded.ts'
import type { FileFinding } from './report.ts'

/** Sources of names. */
export interface NameSources {
  /** The platforms; `undefined`: none is asked. */
  readonly online: ((rule: NamedRule) => Registry | undefined) | undefined
  /** Where ids come from. */
  readonly ids: (rule: NamedRule) => Names | undefined
}

/** The sources that the flags ask for. */
export async function nameSources(context: Context, { online, fix, recorded }: LintFlags): Promise<NameSources> {
  if (fix && !online && recorded === undefined)
    throw new CommandError('--fix needs to know the ids: add --online, or --recorded FILE')
  const asked = online ? registries(context) : undefined
  const known = recorded === undefined ? undefined : recordedNames(await readRecorded(context, recorded))
  return { online: asked, ids: (rule) => known?.(rule) ?? asked?.(rule) }
}

/** The faults of the names in a policy that is otherwise sound. */
export async function lintNames({ text }: PolicyText, { online }: NameSources): Promise<readonly FileFinding[]> {
  if (online === undefined) return []
  const place = placesIn(text)
  const faults = await Promise.all(
    namedRules({ text }).map(async (rule) => {
      const registry = online(rule)
      return registry === undefined ? [] : checkNames(rule, registry)
    }),
  )
  return faults.flat().map(({ lint: { id, level, title }, path, message, fix }) => ({
    id,
    level,
    title,
    message,
    fix,
    path,
    ...place(path),
  }))
}

/** Writes the ids of the names into a file; `undefined` where there is nothing to write. */
export async function fixNames(
  { cwd }: Context,
  file: PolicyText,
  { ids }: NameSources,
): Promise<PolicyText | undefined> {
  if (file.path === '-') throw new CommandError('--fix takes files, not standard input')
  const found = await Promise.all(
    namedRules(file).map(async (rule) => {
      const names = ids(rule)
      return { path: rule.path, ids: names === undefined ? {} : await idsOf(rule, names) }
    }),
  )
  const text = writeIds(file, found)
  if (text === file.text) return undefined
  await replaceFile(resolve(cwd, file.path), text)
  return { ...file, text }
}

/** Writes another file and renames it: a server that follows the path never reads a part. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  const file = await open(temporary, 'wx')
  await file.writeFile(text)
  await file.close()
  await rename(temporary, path)
}
