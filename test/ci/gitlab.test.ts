// The GitLab component: what GitLab makes of it for a pipeline, and what the job then has.

import { readFileSync } from 'node:fs'
import { createClient } from '@jobpass/client'
import { gitlab } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { root } from './platform.ts'

const text = readFileSync(`${root}ci/gitlab/templates/token/template.yml`, 'utf8')
const [header, body = ''] = text.split(/^---$/m)
const { spec } = parse(header ?? '') as {
  readonly spec: {
    readonly inputs: Readonly<
      Record<string, { readonly description: string; readonly default?: string; readonly regex?: string }>
    >
  }
}

/** The configuration that an `include` with these inputs adds to a pipeline. */
function include(inputs: Readonly<Record<string, string>>): unknown {
  const unknown = Object.keys(inputs).filter((name) => !Object.hasOwn(spec.inputs, name))
  if (unknown.length > 0) throw new Error(`unknown input arguments: ${unknown.join(', ')}`)
  const values = Object.entries(spec.inputs).map(([name, { default: fallback, regex }]) => {
    const value = inputs[name] ?? fallback
    if (value === undefined) throw new Error(`\`${name}\` input: required value has not been provided`)
    if (regex !== undefined && !new RegExp(regex).test(value))
      throw new Error(`\`${name}\` input: provided value does not match required RegEx pattern`)
    return [name, value] as const
  })
  // GitLab replaces texts in what it has parsed: keys and values.
  const replace = (given: string): string =>
    values.reduce((all, [name, value]) => all.replaceAll(`$[[ inputs.${name} ]]`, value), given)
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return replace(value)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [replace(key), walk(inner)]))
  }
  return walk(parse(body))
}

const audience = 'https://api.acme.dev'

test('the component is two YAML documents, and its inputs have the keys that GitLab knows', () => {
  expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([])
  expect(Object.keys(spec)).toEqual(['inputs'])
  expect(Object.keys(spec.inputs)).toEqual(['audience', 'as', 'job'])
  for (const input of Object.values(spec.inputs))
    expect(Object.keys(input).filter((key) => !['description', 'default', 'regex'].includes(key))).toEqual([])
})

test('the hidden job has a token with the audience', () => {
  expect(include({ audience })).toEqual({
    '.jobpass-token': { id_tokens: { JOBPASS_ID_TOKEN: { aud: audience } } },
  })
})

test('a second token has a variable and a hidden job of its own', () => {
  expect(include({ audience: 'https://auth.acme.dev', as: 'EXCHANGE_TOKEN', job: '.exchange-token' })).toEqual({
    '.exchange-token': { id_tokens: { EXCHANGE_TOKEN: { aud: 'https://auth.acme.dev' } } },
  })
})

test.each([
  [{}, '`audience` input: required'],
  [{ audience, as: 'A B' }, '`as` input: provided value does not match'],
  [{ audience, job: 'deploy' }, '`job` input: provided value does not match'],
])('GitLab refuses the inputs %j', (inputs, message) => {
  expect(() => include(inputs as Readonly<Record<string, string>>)).toThrow(message)
})

test('the client finds the token under the name that the component gives it', async () => {
  const token = await (await createTestIssuer(gitlab)).mint({ aud: audience })
  const client = createClient({ env: { GITLAB_CI: 'true', JOBPASS_ID_TOKEN: token }, print: () => {} })
  expect((await client.getToken({ audience })).token).toBe(token)
})
