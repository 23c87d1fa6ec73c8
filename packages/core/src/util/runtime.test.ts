import { expect, test } from 'vitest'
import { nodeFault } from './node-version.ts'

test.each<[Readonly<Record<string, string>> | undefined, string | undefined]>([
  [{ node: '18.20.8' }, 'jobpass needs Node 20.19 or newer, not 18.20.8'],
  [{ node: '20.18.3' }, 'jobpass needs Node 20.19 or newer, not 20.18.3'],
  [{ node: '9.0.0' }, 'jobpass needs Node 20.19 or newer, not 9.0.0'],
  [{ node: '20.19.0' }, undefined],
  [{ node: '22.0.0' }, undefined],
  [{ node: '26.12.1' }, undefined],
  [{ node: '27.0.0-nightly2026' }, undefined],
  // They imitate an older Node.
  [{ node: '18.18.0', bun: '1.2.0' }, undefined],
  [{ node: '18.18.0', deno: '1.40.0' }, undefined],
  [{}, undefined],
  [undefined, undefined],
])('the versions %j are at fault: %s', (versions, fault) => {
  expect(nodeFault(versions)).toBe(fault)
})
