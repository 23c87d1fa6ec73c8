// Documents as text: YAML 1.2 and JSON, with the position of every fault.

import { circleci, githubActions, gitlab } from '@jobpass/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify, YAMLParseError } from 'yaml'
import { documents } from '../test/arbitraries.ts'
import type { Policy } from './policy.ts'
import type { PolicyFormat } from './source.ts'
import { loadPolicy, parsePolicy } from './load-policy.ts'
import { PolicyError } from './fault.ts'
import { readText } from './source.ts'
import { findNoJson } from './strict-json.ts'

const providers = [githubActions, gitlab, circleci] as const

const parse = (text: string, format: PolicyFormat = 'yaml', maxBytes = 65_536): Policy =>
  parsePolicy(text, { providers, format, maxBytes })

function faultsOf(text: string, format: PolicyFormat = 'yaml', maxBytes?: number): readonly string[] {
  try {
    parse(text, format, maxBytes)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyError)
    return (error as PolicyError).faults.map(
      ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
    )
  }
}

/** Counts the errors that the YAML parser creates, each with a stack. */
function countErrors(work: () => void): number {
  const base = Object.getPrototypeOf(YAMLParseError) as new (...args: unknown[]) => object
  let count = 0
  Object.setPrototypeOf(YAMLParseError, function (this: unknown, ...args: unknown[]): object {
    count++
    return Reflect.construct(base, args, new.target ?? base) as object
  })
  try {
    work()
  } finally {
    Object.setPrototypeOf(YAMLParseError, base)
  }
  return count
}

/** A YAML document with one rule; the given text begins in line 4. */
const rule = (text: string): string => `rules:\n  deploy:\n    - provider: github-actions\n      ${text}\n`

describe('text in YAML or JSON means the same as the value', () => {
  test('random documents mean the same as text and as a value', () => {
    fc.assert(
      fc.property(documents(providers), fc.constantFrom(undefined, 2, '\t'), (document, indent) => {
        const outcome = (load: () => { readonly fingerprint: string }): unknown => {
          try {
            return load().fingerprint
          } catch (error) {
            return (error as PolicyError).faults.map(({ path, message }) => `${path}: ${message}`).toSorted()
          }
        }
        const expected = outcome(() => loadPolicy(document, { providers }))
        expect(outcome(() => parse(JSON.stringify(document, null, indent), 'json'))).toEqual(expected)
        expect(outcome(() => parse(JSON.stringify(document, null, indent)))).toEqual(expected)
        expect(outcome(() => parse(stringify(document, { aliasDuplicateObjects: false })))).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  test('random JSON is read as JSON.parse reads it', () => {
    const text = fc.oneof(
      fc.json(),
      fc.json({ stringUnit: 'binary' }),
      fc
        .tuple(fc.jsonValue({ stringUnit: 'binary-ascii' }), fc.constantFrom(1, 4, '\t'))
        .map(([value, indent]) => JSON.stringify(value, null, indent)),
    )
    fc.assert(
      fc.property(text, (json) => {
        expect(JSON.stringify(readText(json, 'json', 65_536).value)).toBe(JSON.stringify(JSON.parse(json)))
      }),
      { numRuns: 1000 },
    )
  })

  test('all JSON escapes and all line endings are read correctly', () => {
    const text =
      '{"rules":\r\n{"deploy"\r\n:\t{"provider":"github-actions","ownerId":"\\u0039\\u0039","environment":"a\\/\\ud83d\\ude00\\"\\\\\\b\\f\\n\\r\\t"}}}'
    expect(JSON.stringify(parse(text, 'json').entries['deploy']?.[0])).toBe(
      JSON.stringify(githubActions({ ownerId: '99', environment: 'a/😀"\\\b\f\n\r\t' })),
    )
  })

  test('a byte order mark is ignored', () => {
    expect(parse('\ufeff{"rules":{"a":{"provider":"gitlab","ownerId":"1"}}}', 'json').names).toEqual(['a'])
    expect(parse('\ufeffrules: { a: { provider: gitlab, ownerId: "1" } }').names).toEqual(['a'])
  })
})

describe('YAML is the core schema of 1.2', () => {
  test('YAML may have comments and block scalars, and words such as yes and no are text', () => {
    const policy = parse(
      '# who may deploy\nrules: # by name\n  deploy:\n    - { provider: gitlab, ownerId: "1", branch: [no, on, yes, y, off, 1_000, 2024-01-01, "true"] }\n    # and\n' +
        "    - provider: gitlab\n      ownerId: '2'\n      tag: >-\n        v1\n",
    )
    expect(policy.entries['deploy']?.map((each) => JSON.stringify(each))).toEqual([
      JSON.stringify(gitlab({ ownerId: '1', branch: ['no', 'on', 'yes', 'y', 'off', '1_000', '2024-01-01', 'true'] })),
      JSON.stringify(gitlab({ ownerId: '2', tag: 'v1' })),
    ])
  })

  test.each([
    ['1234567', '1234567'],
    ['007', '007'],
    ['12345678901234567890', '12345678901234567890'],
    ['0x10', '0x10'],
    ['0o17', '0o17'],
    ['1e3', '1e3'],
    ['-1', '-1'],
    ['+1', '+1'],
    ['1.0', '1.0'],
  ])('for the number %s as an id, the fix quotes it as written', (written, meant) => {
    const message = `is the number ${written}, but must be text: quote it, "${meant}"`
    expect(faultsOf(rule(`ownerId: ${written}`))).toEqual([`4:16 rules.deploy[0].ownerId: ${message}`])
    expect(faultsOf(rule(`ownerId:\n        - "1"\n        - ${written}`))).toEqual([
      `6:11 rules.deploy[0].ownerId[1]: ${message}`,
    ])
    expect(faultsOf(rule(`ownerId: "1"\n      environment: "${meant}"`))).toEqual([])
  })

  test.each([
    ['ownerId: true', '4:16 rules.deploy[0].ownerId: is the boolean true, but must be text: quote it, "true"'],
    ['ownerId: TRUE', '4:16 rules.deploy[0].ownerId: is the boolean TRUE, but must be text: quote it, "TRUE"'],
    [
      'ownerId: .inf',
      '4:16 rules.deploy[0].ownerId: is .inf, which reads as a number that JSON does not have: quote it, ".inf"',
    ],
    [
      'ownerId: ~',
      '4:16 rules.deploy[0].ownerId: is null: leave the key out, or write { "present": false } for "is absent", or quote it if it is text, "~"',
    ],
    [
      'ownerId:',
      '4:7 rules.deploy[0].ownerId: is null: leave the key out, or write { "present": false } for "is absent"',
    ],
    ['ownerId: *id', '4:16 rules.deploy[0].ownerId: is an alias (*id): write the value out'],
    ['ownerId: &id "1"', '4:20 rules.deploy[0].ownerId: has an anchor (&id): leave it out'],
    ['ownerId: !!str 1', '4:22 rules.deploy[0].ownerId: has a tag (!): leave it out'],
    ['ownerId: !id "1"', '4:20 rules.deploy[0].ownerId: has a tag (!): leave it out'],
    ['&id ownerId: "1"', '4:11 rules.deploy[0].ownerId: has an anchor or a tag on its key: leave it out'],
    ['<<: { ownerId: "1" }', '4:7 rules.deploy[0]: has a merge key (<<): write the keys out'],
    ['1: "1"', '4:7 rules.deploy[0]: has a key that is not text: quote it, "1"'],
    ['? [ownerId]\n      : "1"', '4:9 rules.deploy[0]: has a key that is not text'],
    ['__proto__: { a: 1 }', '4:7 rules.deploy[0].__proto__: "__proto__" is not a key here: leave it out'],
  ])('the fault of %j is reported with its place', (text, fault) => {
    expect(faultsOf(rule(text))[0]).toBe(fault)
  })

  test('R16: a number in data that loses its digits is reported as written', () => {
    const data =
      'rules: { deploy: { provider: github-actions, ownerId: "1", settings: { data: { id: 9007199254740993 } } } }'
    expect(faultsOf(data)).toEqual([
      '1:84 rules.deploy.settings.data.id: is the number 9007199254740993, which loses digits: quote it',
    ])
  })

  // Plain scalars that the core schema of YAML 1.2.2 (§10.3.2) does not read as text.
  test.each([
    '709e7420',
    '1e5',
    '1E+5',
    '.5',
    '12.',
    '+12',
    '-0',
    '012',
    '012345678901',
    '0o17',
    '0x1F',
    '1.20',
    '104872563198745632101',
    '9007199254740993',
    '1e400',
    '.inf',
    '-.Inf',
    '+.INF',
    '.nan',
    '.NaN',
    'true',
    'True',
    'FALSE',
    '~',
    'null',
    'Null',
    'NULL',
  ])('R16: the fix for an unquoted %s quotes it as written', (scalar) => {
    const tenant = `rules: { deploy: { provider: circleci, ownerId: ${scalar} } }`
    const listed = `rules: { deploy: { provider: circleci, ownerId: [${scalar}] } }`
    const excepted = rule(`ownerId: "1"\n      repository: { not: ${scalar} }`)
    for (const text of [rule(`ownerId: ${scalar}`), rule(`ownerId: ["1", ${scalar}]`), excepted]) {
      const [fault, ...more] = faultsOf(text)
      expect(fault).toMatch(/quote it(?: if it is text)?, "/)
      expect(fault?.endsWith(`, "${scalar}"`)).toBe(true)
      expect(more.filter((each) => !each.includes('pin'))).toEqual([])
    }
    if (!/^(?:~|null)$/i.test(scalar))
      for (const text of [tenant, listed]) expect(faultsOf(text)[0]).toContain(`quote it, "${scalar}"`)
  })

  test.each(['yes', 'no', 'on', 'off', '1_000', '2026-11-29', '12:30:45', '0b101', '0o9', '1e', 'y', 'nil', '.info'])(
    'R16: an unquoted %s is text',
    (scalar) => {
      const environment = (policy: Policy): unknown => JSON.parse(JSON.stringify(policy.entries['deploy']?.[0]))
      expect(environment(parse(rule(`ownerId: "1"\n      environment: ${scalar}`)))).toMatchObject({
        environment: scalar,
      })
    },
  )

  test('a duplicate key is an error, however it is written', () => {
    expect(faultsOf(rule('ownerId: "1"\n      "ownerId": "2"'))).toEqual([
      '5:7 rules.deploy[0].ownerId: occurs twice: keep one',
    ])
    expect(faultsOf('rules: { a: { provider: gitlab, ownerId: "1" } }\nrules: {}\n')).toEqual([
      '2:1 rules: occurs twice: keep one',
    ])
  })

  test('an anchor does not hide other faults', () => {
    expect(faultsOf('rules: &a\n  deploy: &b [1]\n  read: *b\n')).toEqual([
      '2:3 rules: has an anchor (&a): leave it out',
      '2:14 rules.deploy: has an anchor (&b): leave it out',
      '2:15 rules.deploy[0]: must be a rule, such as { "provider": "github-actions", … }, not 1',
      '3:9 rules.read: is an alias (*b): write the value out',
    ])
  })

  test.each([
    ['', '1:1 : is empty'],
    ['# nothing\n', '1:1 : is empty'],
    ['---\n', '1:1 : is empty'],
    ['rules: {}\n---\nrules: {}\n', '2:1 : is several documents in one: write one'],
    ['%YAML 1.1\n---\nrules: {}\n', '1:1 : has a directive (%): leave it out, the text is YAML 1.2'],
    [
      'rules:\n  deploy: [\n',
      '3:1 : is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['rules:\n\tdeploy: 1\n', '2:1 : is not YAML: Tabs are not allowed as indentation'],
    ['just text', '1:1 : must be an object, such as { "rules": { "deploy": { … } } }, not "just text"'],
  ])('no document: %j', (text, fault) => {
    expect(faultsOf(text)[0]).toBe(fault)
  })
})

test('any text is a policy or a PolicyError', () => {
  const words =
    'rules deploy provider gitlab ownerId "1" - ? : , [ ] { } | > & * ! % @ # --- ... << ~ true 1 a b \\ "'.split(' ')
  const word = fc.oneof(
    fc.constantFrom(...words, ' ', '  ', '\n', '\n  ', '\t', ': ', '- ', '? ', '\r', "'", '\ufeff'),
    fc.string(),
  )
  const soup = fc.array(word, { maxLength: 40 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(soup, fc.constantFrom('yaml' as const, 'json' as const), (text, format) => {
      expect(faultsOf(text, format)).not.toContain('')
    }),
    { numRuns: 3000 },
  )
})

test('parser messages are on one line, without characters that a terminal would interpret', () => {
  expect(() => parse('a: "\\\u001b[2J"')).toThrow(/^1:\d+: is not YAML: [ -~]+$/)
  expect(() => parse('a: 1\n@\u009b\u202e: 1\n')).toThrow(/^\d:\d+: is not YAML: [ -~]+$/)
})

describe('JSON is strict', () => {
  test.each([
    ['{"rules": {},}', '1:14'],
    ["{'rules': {}}", '1:2'],
    ['{rules: {}}', '1:2'],
    ['{"rules": {} # no\n}', '1:14'],
    ['{"rules":\n {"a": b}}', '2:8'],
    ['["a" "b"]', '1:6'],
    ['[1,]', '1:4'],
    ['[1}', '1:3'],
    ['["\t"]', '1:2'],
    ['["\\x41"]', '1:2'],
    ['[01]', '1:2'],
    ['[.5]', '1:2'],
    ['[NaN]', '1:2'],
    ['{"rules": {}} {}', '1:15'],
    ['rules: {}', '1:1'],
    ['{"rules": 0x10}', '1:11'],
    ['{"a": 1', '1:8'],
  ])('%j is not JSON', (text, place) => {
    expect(faultsOf(text, 'json')).toEqual([
      `${place} : is not JSON from here on: text needs double quotes, and there are no comments and no trailing commas`,
    ])
  })

  test('a text is JSON exactly if JSON.parse accepts it', () => {
    const isJson = (text: string): boolean => {
      try {
        JSON.parse(text)
        return true
      } catch {
        return false
      }
    }
    const words = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u00e9"',
      '1',
      '-0.5e+3',
      'true',
      'null',
      ' ',
      '\n',
      '"',
      '\\',
      '0',
      '.',
      'x',
      '\u00a0',
    ]
    const soup = fc.array(fc.constantFrom(...words), { maxLength: 8 }).map((parts) => parts.join(''))
    const edited = fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...words, '')).map(([json, at, text]) => {
      const index = at % (json.length + 1)
      return json.slice(0, index) + text + json.slice(index + 1)
    })
    fc.assert(
      fc.property(fc.oneof(soup, edited, fc.json()), (text) => {
        expect(findNoJson(text) === undefined).toBe(isJson(text))
      }),
      { numRuns: 5000 },
    )
  })

  test('a duplicate key is an error, which JSON.parse would not report', () => {
    const text = '{"rules": {"a": {"provider": "gitlab",\n "ownerId": "1", "owner\\u0049d": "2"}}}'
    expect(faultsOf(text, 'json')).toEqual(['2:18 rules.a.ownerId: occurs twice: keep one'])
  })

  test('numbers in JSON are reported as written', () => {
    const text = (id: string): string => `{"rules": {"a": {"provider": "gitlab", "ownerId": ${id}}}}`
    for (const id of ['1e3', '12345678901234567890', '-0', '0.10'])
      expect(faultsOf(text(id), 'json')).toEqual([
        `1:51 rules.a.ownerId: is the number ${id}, but must be text: quote it, "${id}"`,
      ])
    expect(faultsOf(text('1e999'), 'json')).toEqual([
      '1:51 rules.a.ownerId: is 1e999, which reads as a number that JSON does not have: quote it, "1e999"',
    ])
  })
})

describe('limits', () => {
  test('S18: the default limit is 64 KiB, counted in bytes', () => {
    const text = (filler: string): string => `# ${filler}\nrules: { a: { provider: gitlab, ownerId: "1" } }`
    const rest = text('').length
    expect(parse(text('x'.repeat(65_536 - rest))).names).toEqual(['a'])
    expect(faultsOf(text('x'.repeat(65_537 - rest)))).toEqual([
      'undefined:undefined : is longer than 65536 bytes: split it, or set maxBytes, at most 1048576',
    ])
    expect(faultsOf(text('é'.repeat(65_538 / 2 - rest / 2)))).toEqual([
      'undefined:undefined : is longer than 65536 bytes: split it, or set maxBytes, at most 1048576',
    ])
  })

  test('a text may be nested 16 levels deep', () => {
    const nested = (levels: number): string =>
      `{ "rules": { "a": ${'['.repeat(levels - 2)}${']'.repeat(levels - 2)} } }`
    expect(faultsOf(nested(16))).toEqual([
      '1:20 rules.a[0]: must be a rule, such as { "provider": "github-actions", … }, not a list',
    ])
    expect(faultsOf(nested(17))).toEqual(['1:1 : is nested deeper than 16 levels'])
    expect(faultsOf(`${'- '.repeat(16)}x`)[0]).toMatch('must be an object')
    expect(faultsOf(`${'- '.repeat(17)}x`)).toEqual(['1:33 : is nested deeper than 16 levels'])
    expect(faultsOf(Array.from({ length: 17 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''))).toEqual([
      '17:17 : is nested deeper than 16 levels',
    ])
  })

  test.each([1000, 1200, 2000, 5000, 300_000])(
    'a text with %i levels, which could exhaust the stack, is refused',
    (levels) => {
      const steps = Array.from({ length: Math.min(levels, 1400) }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')
      const open = ['[', '{a: ', '- ', '? ', '- ? ', '{"a":[', 'a: ', ': ', '? - - '].map((each) =>
        each.repeat(levels).slice(0, 1_000_000),
      )
      for (const text of [...open, ...open.map((each) => `a:\n ${each}\nb: 1`), steps, `${steps}b: 1`])
        expect(faultsOf(text, 'yaml', 1_048_576)[0]).toMatch(
          /^\d+:\d+ .*: is (?:nested deeper than 16 levels|no YAML: .*)$/,
        )
    },
  )

  test.each([0, 1.5, 1_048_577, '64'])('S18: maxBytes of %s is a TypeError', (maxBytes) => {
    const options = { providers, maxBytes } as { providers: typeof providers; maxBytes: number }
    expect(() => parsePolicy('a: 1', options)).toThrow(/^maxBytes must be a whole number from 1 to 1048576, not /)
  })

  // Each of these has very many errors.
  test.each([
    ['[', ','],
    ['', '"\n'],
    ['', 'a:\n\tb\n'],
    ['', '- "\\q"\n'],
    ['"', '\\q'],
    ['', '- ]\n'],
    ['', '- @\n'],
    ['', '["\\q" "\\q"]\n'],
    ['', 'a: b: c\n'],
    ['rules: {', 'x: y: z, '],
  ])('S18: the parser stops at the first error in a text of %j and many %j', (start, part) => {
    const errors = countErrors(() => {
      expect(faultsOf(start + part.repeat(Math.floor(65_000 / part.length)))).toEqual([
        expect.stringMatching(/^\d+:\d+ : is (?:not YAML: .+|nested deeper than 16 levels)$/),
      ])
    })
    expect(errors).toBe(0)
  })

  test('a text of 1 MiB in one value is read if maxBytes allows it', () => {
    const text = (value: string): string =>
      `{"rules": {"a": {"provider": "github-actions", "ownerId": "1", "environment": ${JSON.stringify(value)}}}}`
    for (const value of ['x'.repeat(1_000_000), '\n'.repeat(500_000), '"\\'.repeat(250_000)])
      expect(parsePolicy(text(value), { providers, format: 'json', maxBytes: 1_048_576 }).names).toEqual(['a'])
  })

  test('the time for very many keys is not quadratic', () => {
    const many = Array.from({ length: 6_000 }, (_, index) => `k${index}: 1`).join('\n')
    expect(faultsOf(many)).toHaveLength(6_001)
  })
})

test('parsePolicy() throws a TypeError for an unknown format, and for anything except text', () => {
  const call = parsePolicy as (text: unknown, options: unknown) => unknown
  expect(() => call('', { providers, format: 'toml' })).toThrow(
    new TypeError("format is 'yaml' or 'json', not \"toml\""),
  )
  expect(() => call({}, { providers })).toThrow(new TypeError('parsePolicy() takes a text, not object'))
})
