/** Parts of a page that a test writes, between comments that readers do not see. */

const begin = (name: string): string => `<!-- ${name}: generated, see CONTRIBUTING.md -->`
const end = (name: string): string => `<!-- end of ${name} -->`
const part = /<!-- (\S+): generated, see CONTRIBUTING\.md -->\n.*?<!-- end of \1 -->/gs
const marker = /<!-- (?:\S+: generated\b|end of ).*/

/** One part with its comments. */
export function markPart(name: string, text: string): string {
  return [begin(name), '', text.trim(), '', end(name)].join('\n')
}

/**
 * Replaces the generated parts of a page, and leaves the rest as it is.
 *
 * @throws {Error} If the page lacks a part, has one that is not given, or has a broken comment.
 */
export function fillParts(file: string, page: string, parts: Readonly<Record<string, string>>): string {
  const found = Array.from(page.matchAll(part), ([, name = '']) => name)
  const stray = marker.exec(page.replaceAll(part, ''))?.[0]
  if (stray !== undefined) throw new Error(`${file} has "${stray}" without the other comment of this part`)
  for (const name of Object.keys(parts)) {
    const count = found.filter((each) => each === name).length
    if (count !== 1)
      throw new Error(`${file} has ${count} parts "${name}": write "${begin(name)}" and "${end(name)}" once`)
  }
  for (const name of found)
    if (parts[name] === undefined) throw new Error(`${file} has a part "${name}", which is not generated: remove it`)
  return page.replaceAll(part, (_, name: string) => markPart(name, parts[name] as string))
}

/** The page with blank lines in place of its generated parts. */
export function withoutParts(page: string): string {
  return page.replaceAll(part, (text) => text.replaceAll(/[^\n]+/g, ''))
}
