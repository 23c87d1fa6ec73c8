/** Whether this version of Node is supported. */

import { oldestNode } from '../version.ts'
import type { Check } from './check.ts'

/** Checks a version such as `20.19.4`. */
export function checkNode(version: string, oldest: string = oldestNode): Check {
  const text = `Node ${version}`
  return isAtLeast(version, oldest)
    ? { name: 'node', status: 'ok', text }
    : { name: 'node', status: 'problem', text: `${text} is too old`, fix: `install Node ${oldest} or later` }
}

function isAtLeast(version: string, oldest: string): boolean {
  const [ours, theirs] = [version, oldest].map((each) => each.split('.').map(Number)) as [number[], number[]]
  const differs = theirs.findIndex((part, index) => part !== ours[index])
  return differs === -1 || (ours[differs] ?? 0) > (theirs[differs] ?? 0)
}
