/** Imports policies of other systems. */

import { formatValue, readOptions } from '@jobpass/core/internal'
import type { Imported, ImportFinding, ImportSource } from './model.ts'
import { readers } from './sources.ts'
import { translate } from './translate/translate.ts'

/** What the user of an import says in addition to the text. */
export interface ImportOptions {
  /**
   * The issuer, spelled as in `iss`, where the source names none. Default: what the source says.
   */
  readonly issuer?: string
  /**
   * The id of the platform whose tokens the issuer signs, such as `'gitlab'`, for a server of your
   * own. Default: the platform that has this issuer.
   */
  readonly provider?: string
  /** The name of the set of rules. Default: the name that the source has. */
  readonly set?: string
}

const importOptions = { issuer: true, provider: true, set: true } as const satisfies Record<keyof ImportOptions, true>

/**
 * Translates a policy of another system to rules that admit nothing that the original refuses.
 *
 * @throws {TypeError} for an unknown source, and for a text that is not a policy of the source.
 * @example
 * ```ts
 * const form = '{"owner":"acme","repository":"shop","workflow":"release.yml"}'
 * const { policy, audiences, findings } = importPolicy('pypi', form)
 * ```
 */
export function importPolicy(source: ImportSource, text: string, options: ImportOptions = {}): Imported {
  const given = readOptions<ImportOptions>('importPolicy(): its options', options, importOptions)
  const read = Object.hasOwn(readers, source) ? readers[source] : undefined
  if (read === undefined)
    throw new TypeError(`importPolicy() reads ${Object.keys(readers).join(', ')}, not ${formatValue(source)}`)
  if (typeof text !== 'string')
    throw new TypeError(`importPolicy() takes the text of a policy, not ${formatValue(text)}`)
  const { grants, findings } = read(text)
  const translated = translate(grants, given)
  const all = [...findings, ...translated.findings]
  const isEmpty = translated.policy === undefined && !all.some(({ level }) => level === 'refused')
  return { ...translated, findings: isEmpty ? [...all, nothingGranted] : all }
}

const nothingGranted: ImportFinding = {
  level: 'refused',
  where: '',
  message: 'The original grants nothing.',
  fix: 'Import a policy that admits tokens.',
}
