/** Where the parts of a policy are in its text. */

import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Node } from 'yaml'

/** A place in a text, counted from 1. */
export interface Place {
  /** The line. */
  readonly line: number
  /** The column. */
  readonly column: number
}

/** Path to a part of a document: keys and indexes. */
export type Path = readonly (string | number)[]

/** Finds parts of a policy in its text. JSON is read as the YAML that it is. */
export function placesIn(text: string): (path: Path) => Place {
  const lines = new LineCounter()
  let contents: unknown
  return (path) => {
    // Most policies have nothing to find.
    contents ??= parseDocument(text, { lineCounter: lines }).contents
    const { line, col } = lines.linePos(offsetOf(contents, path))
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
}

/** The start of a part; for an absent one, that of the nearest part around it. */
function offsetOf(root: unknown, path: Path): number {
  let node: unknown = root
  let offset = startOf(root)
  for (const step of path) {
    const found = partOf(node, step)
    if (found === undefined || found === null) return offset
    offset = startOf(isPair(found) ? found.key : found)
    node = isPair(found) ? found.value : found
  }
  return offset
}

/** The part of a node. A set of one rule may be the rule itself. */
function partOf(node: unknown, step: string | number): unknown {
  if (isSeq(node)) return typeof step === 'number' ? node.items[step] : undefined
  if (!isMap(node)) return undefined
  if (typeof step === 'number') return step === 0 ? node : undefined
  return node.items.find(({ key }) => isScalar(key) && key.value === step)
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0
}

/** The path of a place that lint names, such as `routes.deploy[0].branch` or `routes['a b'][0]`. */
export function pathOf(where: string): Path {
  const steps = where.matchAll(/([A-Za-z_$][\w$-]*)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]/g)
  return Array.from(steps, ([, name, index, quoted]) =>
    index !== undefined ? Number(index) : (name ?? (quoted as string).replaceAll(/\\(.)/g, '$1')),
  )
}
