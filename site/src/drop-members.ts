/** Leaves texts that the playground never shows out of its scripts. */

import type { UserConfig } from 'vitepress'

type Plugin = NonNullable<NonNullable<UserConfig['vite']>['plugins']>[number]

/** A node of the syntax tree (https://github.com/estree/estree). */
interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly key?: { readonly name?: string }
  readonly value?: Node
  readonly properties?: readonly Node[]
  readonly [member: string]: unknown
}

/** Objects with the first member lose the others. */
const dropped: readonly { readonly file: RegExp; readonly beside: string; readonly members: readonly string[] }[] = [
  { file: /packages\/testing\/src\/fixtures\//, beside: 'triggers', members: ['identities', 'nearMisses', 'page'] },
  { file: /packages\/policy\/src\/lint\//, beside: 'level', members: ['title', 'why', 'bad', 'good'] },
]

/**
 * The plugin of Vite. It replaces values by `undefined`, so that what only they use is left out,
 * too.
 */
export function dropMembers(): Plugin {
  return {
    name: 'jobpass:drop-members',
    apply: 'build',
    transform(code: string, id: string) {
      const rule = dropped.find(({ file }) => file.test(id))
      if (rule === undefined) return undefined
      const values = valuesIn(this.parse(code) as unknown as Node, rule.beside, rule.members)
      const made = values
        .toSorted((a, b) => b.start - a.start)
        .reduce((text, { start, end }) => `${text.slice(0, start)}undefined${text.slice(end)}`, code)
      return { code: made, map: null }
    },
  }
}

function valuesIn(node: Node, beside: string, members: readonly string[]): readonly Node[] {
  const { properties = [] } = node
  const isMeant = properties.some(({ key }) => key?.name === beside)
  const own = properties.filter(({ key }) => isMeant && members.includes(key?.name ?? ''))
  const inner = Object.values(node)
    .flat()
    .filter(
      (each): each is Node =>
        typeof each === 'object' && each !== null && 'type' in each && !own.includes(each as Node),
    )
  return [...own.map(({ value }) => value as Node), ...inner.flatMap((each) => valuesIn(each, beside, members))]
}
