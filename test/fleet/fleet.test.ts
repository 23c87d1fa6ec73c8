import { expect, test } from 'vitest'
import { drawFleet } from './figure.ts'
import { hour, runFleet } from './simulation.ts'

const [without, withJitter] = await Promise.all([
  runFleet({ instances: 1000, issuers: 1, jitter: false }),
  runFleet({ instances: 1000, issuers: 1, jitter: true }),
])
const peak = (perSecond: readonly number[], from: number, to: number): number => Math.max(...perSecond.slice(from, to))
const sum = (list: readonly number[]): number => list.reduce((all, each) => all + each, 0)

test('instances that start together do not refresh together', () => {
  expect(peak(without.perSecond, 60, hour.rotation)).toBe(1000)
  expect(peak(withJitter.perSecond, 60, hour.rotation)).toBeLessThan(200)
})

test('a rotation costs each instance one refresh, and no call is refused', () => {
  expect(sum(withJitter.perSecond.slice(hour.rotation, hour.rotation + 60))).toBe(1000)
  expect(sum(withJitter.refused)).toBe(0)
  expect(sum(without.refused)).toBe(0)
})

test('during an outage each instance sends at most one request per back-off step', () => {
  // Five minutes contain pauses of 5, 10, 20, 40 s and then 60 s, each up to a tenth shorter.
  expect(sum(withJitter.perSecond.slice(hour.outage, hour.recovery))).toBeLessThanOrEqual(10 * 1000)
})

test('the figure in the docs is generated from this run', async () => {
  await expect(drawFleet(without, withJitter)).toMatchFileSnapshot('../../docs/pictures/fleet.svg')
})
