// Whatever a text says: it is imported, or refused with a TypeError. Each document is accepted.

import { loadPolicy } from '@jobpass/policy'
import { providers } from '@jobpass/policy/built-in'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { importPolicy, policyText } from './index.ts'
import { readers } from './sources.ts'
import type { Imported, ImportSource } from './model.ts'
import { statement } from './testing/aws-statement.ts'

const sources = Object.keys(readers) as readonly ImportSource[]

const documents: readonly unknown[] = [
  {
    Version: '2012-10-17',
    Statement: [
      statement('github', {
        StringEquals: { aud: 'a', repository: 'acme/shop' },
        StringLike: { sub: ['repo:acme/*', '*'] },
      }),
      statement('gitlab', { Null: { project_id: 'false' }, Bool: { ref_protected: 'true' } }, 'Deny'),
    ],
  },
  {
    name: 'x',
    issuer: 'https://gitlab.com',
    audiences: ['a'],
    claimsMatchingExpression: { value: "claims['sub'] matches 'project_path:acme/*'", languageVersion: 1 },
  },
  { type: 'github', claims: { repository: 'acme/shop', workflow_ref: { file: 'x.yml' }, environment: 'prod' } },
  { owner: 'acme', repository: 'shop', workflow: 'x.yml', environment: 'prod' },
  { github_configs: [{ repository_owner: 'acme', repository_name: 'shop', workflow_filename: 'x.yml' }] },
]

const strange = fc.oneof(
  fc.constantFrom(null, true, 7, '', '*', '?', '${', '/', 'repo:*:*', '\u0000', '\u202e', [], {}, '__proto__'),
  fc.string(),
)

/** The document with one part replaced. */
function changed(value: unknown, path: readonly number[], part: unknown): unknown {
  const [first, ...rest] = path
  if (first === undefined || typeof value !== 'object' || value === null) return part
  const keys = Object.keys(value)
  const at = keys[first % Math.max(keys.length, 1)]
  if (at === undefined) return part
  const copy: Record<string, unknown> = { ...(value as Record<string, unknown>) }
  copy[at] = changed(copy[at], rest, part)
  return Array.isArray(value) ? Object.values(copy) : copy
}

const texts = fc.oneof(
  fc
    .tuple(fc.constantFrom(...documents), fc.array(fc.nat(9), { maxLength: 6 }), strange)
    .map(([document, path, part]) => JSON.stringify(changed(document, path, part))),
  fc.json(),
  fc.string(),
)

function importedOf(source: ImportSource, text: string): Imported | Error {
  try {
    return importPolicy(source, text)
  } catch (error) {
    return error as Error
  }
}

test('a text of any kind is imported or is a TypeError, and a document that is made is accepted', () => {
  fc.assert(
    fc.property(fc.constantFrom(...sources), texts, (source, text) => {
      const imported = importedOf(source, text)
      if (imported instanceof Error) {
        expect(imported).toBeInstanceOf(TypeError)
        expect(imported.message).not.toMatch(/undefined|is not a function|Cannot read/)
      } else if (imported.policy === undefined) {
        expect(imported.findings.some(({ level }) => level === 'refused')).toBe(true)
      } else {
        loadPolicy(imported.policy, { providers })
        expect(policyText(imported)).toMatch(/\n\.\.\.\n$/)
      }
    }),
    { numRuns: 3000 },
  )
})
