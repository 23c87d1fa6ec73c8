/**
 * The figure of `docs/operations/keys.md`: key set requests per second during the hour, with and
 * without jitter.
 */

import type { FleetRun } from './simulation.ts'
import { hour } from './simulation.ts'

const width = 900
const height = 180
const left = 60
const top = 30
const gap = 50

/** Draws both runs, one above the other, on the same scale. */
export function drawFleet(without: FleetRun, withJitter: FleetRun): string {
  const most = Math.max(...without.perSecond, ...withJitter.perSecond)
  const total = top + 2 * (height + gap)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 40} ${total}" font-family="sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    panel('without jitter', without, most, top),
    panel('with jitter', withJitter, most, top + height + gap),
    '</svg>',
    '',
  ].join('\n')
}

function panel(title: string, { perSecond }: FleetRun, most: number, y: number): string {
  const x = (second: number): number => left + Math.round((second / hour.end) * width * 10) / 10
  const bars = perSecond
    .map((count, second) => ({ count, second }))
    .filter(({ count }) => count > 0)
    .map(({ count, second }) => `M${x(second)} ${y + height}v-${Math.round((count / most) * height * 10) / 10}`)
  const marks = (['rotation', 'outage', 'recovery', 'restart'] as const).map(
    (name) =>
      `<path d="M${x(hour[name])} ${y}v${height}" stroke="#bbb" stroke-dasharray="3 3"/><text x="${x(hour[name]) + 4}" y="${y + 12}" fill="#777">${name}</text>`,
  )
  return [
    `<text x="${left}" y="${y - 8}" font-weight="bold">key sets per second at one issuer, ${title}: at most ${Math.max(...perSecond.slice(60, hour.rotation))} in the first refresh</text>`,
    ...marks,
    `<path d="${bars.join('')}" stroke="#2563eb" stroke-width="2" fill="none"/>`,
    `<path d="M${left} ${y}v${height}h${width}" stroke="#333" fill="none"/>`,
    `<text x="${left - 8}" y="${y + 10}" text-anchor="end">${most}</text><text x="${left - 8}" y="${y + height}" text-anchor="end">0</text>`,
    ...[0, 20, 40, 60].map(
      (minute) => `<text x="${x(minute * 60)}" y="${y + height + 16}" text-anchor="middle">${minute} min</text>`,
    ),
  ].join('\n')
}
