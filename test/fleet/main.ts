// The complete fleet, `npm run fleet`: a thousand instances, twenty issuers, an hour. Takes about a
// minute.

import { hour, runFleet } from './simulation.ts'

const phases = [
  ['start', 0, 60],
  ['first refresh', 60, hour.rotation],
  ['rotation', hour.rotation, hour.rotation + 60],
  ['outage', hour.outage, hour.recovery],
  ['recovery', hour.recovery, hour.restart],
  ['restart', hour.restart, hour.restart + 60],
  ['later', hour.restart + 60, hour.end],
] as const

console.log('key sets asked for per second at the busiest of 20 issuers, 1,000 instances: the peak of each phase')
for (const jitter of [false, true]) {
  const { perSecond, total, refused } = await runFleet({ instances: 1000, issuers: 20, jitter })
  const peaks = phases.map(([name, from, to]) => `${name} ${Math.max(...perSecond.slice(from, to))}`)
  const turnedAway = refused.reduce((sum, count) => sum + count, 0)
  console.log(
    `${jitter ? 'with' : 'without'} jitter: ${peaks.join(', ')}; ${total} in all, ${turnedAway} calls turned away`,
  )
}
