// Pages of providers are written by hand, except for the parts that follow from tables and rules.
// `npx vitest run test/providers -u` writes those parts, and begins the page of a new provider.

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { describe, expect, test } from 'vitest'
import { fillParts, markPart, withoutParts } from '../generated-parts.ts'
import { matrix } from './matrix.ts'
import { frame, partsOf } from './page.ts'
import { problemsOf } from './page-checks.ts'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const fileOf = (id: string): string => `docs/providers/${id}.md`
const read = (file: string): string => readFileSync(root + file, 'utf8')

async function formatted<Parts extends object>(file: string, parts: Parts): Promise<Parts> {
  const options = { ...(await resolveConfig(root + file)), parser: 'markdown' }
  const entries = Object.entries(parts).map(async ([name, text]) => [name, await format(String(text), options)])
  return Object.fromEntries(await Promise.all(entries)) as Parts
}

describe.each(presets)('the page of $provider.title', (preset: Preset) => {
  const { table } = preset.provider
  const file = fileOf(preset.provider.id)

  test('the generated parts of the page follow from the table and the rule', async () => {
    const parts = await formatted(file, partsOf(preset))
    const page = existsSync(root + file) ? read(file) : frame(table.title, parts)
    await expect(fillParts(file, page, { ...parts })).toMatchFileSnapshot(root + file)
  })

  test('the handwritten text of the page is complete', () => {
    expect(problemsOf(read(file), table)).toEqual([])
  })
})

test('the matrix of the platforms follows from the tables', async () => {
  const file = fileOf('README')
  const parts = await formatted(file, { matrix: matrix(presets) })
  await expect(fillParts(file, read(file), parts)).toMatchFileSnapshot(root + file)
})

describe('a page with mistakes', () => {
  const table = { title: 'Acme CI', identity: { ownerId: 'team_id' } }
  const page = `# Acme CI

A hosted CI service.

## A rule to copy

${markPart('rule', '## Generated')}

- \`ownerId\`: the settings of the team.

## What the job does

\`\`\`sh
## a comment
curl https://api.acme.dev
\`\`\`

## What goes wrong

- One
  pitfall.
- Two.
- Three.

${markPart('table', '## Facts')}

## Sources

- <https://acme.dev/oidc>
`
  const order = 'The sections must be, in this order: A rule to copy, What the job does, What goes wrong, Sources.'

  test.each([
    ['complete', page, []],
    ['with another title', page.replace('# Acme CI', '# Acme'), ['The title must be "# Acme CI".']],
    ['without an introduction', page.replace('A hosted CI service.', ''), ['The introduction is empty.']],
    [
      'without a section',
      page.replace('## What goes wrong', ''),
      [`${order} Found: A rule to copy, What the job does, Sources.`],
    ],
    [
      'with sections in another order',
      page
        .replace('## Sources', '## A')
        .replace('## A rule to copy', '## Sources')
        .replace('## A\n', '## A rule to copy\n'),
      [`${order} Found: Sources, What the job does, What goes wrong, A rule to copy.`],
    ],
    ['with an empty section', page.replace('- <https://acme.dev/oidc>', ''), ['The section "Sources" is empty.']],
    [
      'with an empty section of its own',
      page.replace('## Sources', '## Not confirmed\n\n## Sources'),
      ['The section "Not confirmed" is empty.'],
    ],
    [
      'without a job snippet',
      page.replace(/```sh.*?```/s, 'Call the API.'),
      ['"What the job does" must begin with code that gets a token and sends it.'],
    ],
    [
      'without the place of any value',
      page.replace(/- `ownerId`.*/, ''),
      ['"A rule to copy" must say where to find a value: "- `field`: place".'],
    ],
    [
      'with the place of an unknown field',
      page.replace('`ownerId`', '`owner`'),
      ['"- `owner`: the settings of the team." must begin with a field of rules, as in "- `field`: place".'],
    ],
    [
      'with two pitfalls',
      page.replace('- Two.\n', ''),
      ['"What goes wrong" must list at least 3 pitfalls; it lists 2.'],
    ],
    [
      'with a source that is no link',
      page.replace('<https://acme.dev/oidc>', 'a book'),
      ['The source "- a book" must be a link: "- <https://…>".'],
    ],
  ])('the checks name the mistake of a page %s', (_, text, problems) => {
    expect(problemsOf(text, table)).toEqual(problems)
  })

  test('the checks name all that a new page lacks', () => {
    const parts = { rule: 'rule', refusals: 'refusals', table: 'table' }
    const text = frame('Acme CI', parts)
    expect(fillParts('acme.md', text, parts)).toBe(text)
    expect(problemsOf(text, table)).toEqual([
      'The introduction is empty.',
      'The section "What the job does" is empty.',
      'The section "What goes wrong" is empty.',
      'The section "Sources" is empty.',
      '"A rule to copy" must say where to find a value: "- `field`: place".',
    ])
  })

  const parts = { rule: 'new', table: 'new too' }
  const both = '"<!-- rule: generated, see CONTRIBUTING.md -->" and "<!-- end of rule -->"'

  test('a page keeps its handwritten text when its parts are replaced', () => {
    const filled = fillParts('acme.md', page, parts)
    expect(withoutParts(filled)).toBe(withoutParts(page))
    expect(filled).toContain(markPart('rule', 'new'))
    expect(filled).not.toContain('## Facts')
  })

  test('lines of handwritten text keep their numbers where parts are left out', () => {
    const line = (text: string): number => text.split('\n').indexOf('## Sources')
    expect(line(withoutParts(page))).toBe(line(page))
    expect(withoutParts(page)).not.toContain('## Facts')
  })

  test.each([
    ['no part', page.replace(markPart('rule', '## Generated'), ''), `acme.md has 0 parts "rule": write ${both} once`],
    ['a part twice', page + markPart('rule', ''), `acme.md has 2 parts "rule": write ${both} once`],
    [
      'a part that is not generated',
      page + markPart('facts', ''),
      'acme.md has a part "facts", which is not generated',
    ],
    [
      'a part without its end',
      page.replace('<!-- end of rule -->', ''),
      'acme.md has "<!-- rule: generated, see CONTRIBUTING.md -->" without the other comment of this part',
    ],
    [
      'a part without its beginning',
      page.replace('<!-- table: generated, see CONTRIBUTING.md -->', ''),
      'acme.md has "<!-- end of table -->" without the other comment of this part',
    ],
  ])('a page with %s is not written', (_, text, message) => {
    expect(() => fillParts('acme.md', text, parts)).toThrow(message)
  })
})
