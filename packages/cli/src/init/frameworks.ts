/** The lines for the API, by framework. */

import { importNameOf } from '@jobpass/policy/built-in'
import type { Answers } from './answers.ts'
import type { InitPlatform } from './platforms.ts'

/** The handler of the route, by framework, the usual one first. */
const handlers = {
  express: '(req, res) => void res.json({ deployed: req.workload.commit })',
  koa: '(ctx) => void (ctx.body = { deployed: ctx.state.workload.commit })',
  hono: '(c) => c.json({ deployed: c.var.workload.commit })',
} as const

/** The frameworks, the usual one first. */
export const frameworks: readonly string[] = Object.keys(handlers)

/** The lines to paste into an API. */
export function apiLines(answers: Answers, { trust }: InitPlatform): string {
  const { platform, audience, framework } = answers
  const name = importNameOf(platform)
  const conditions = Object.entries(trust(answers)).map(([field, value]) => `${field}: '${String(value)}'`)
  const router = framework === 'koa' ? 'router' : 'app'
  return [
    `import { ${name}, requireWorkload, workloadAuth } from '@jobpass/${framework}'`,
    "import { watchPolicy } from '@jobpass/policy/file'",
    '',
    `const policy = watchPolicy('policy.yaml', { providers: [${name}] })`,
    `app.use(workloadAuth({ audience: '${audience}', trust: ${name}({ ${conditions.join(', ')} }) }))`,
    `${router}.post('/deploy', requireWorkload(policy.rules('deploy')), ${handlers[framework as keyof typeof handlers]})`,
  ].join('\n')
}
