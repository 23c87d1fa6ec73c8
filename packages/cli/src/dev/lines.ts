/** The lines to paste: into an API, and into a shell. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { createVerifier, suggestRule } from '@jobpass/core'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { importNameOf } from '@jobpass/policy/built-in'
import { identify } from '../explain/identify.ts'
import type { Claims } from '../explain/local-issuer.ts'
import { CommandError } from '../io/exit.ts'

/** What the lines are for. */
export interface Setup {
  /** The platform. */
  readonly provider: AnyProvider
  /** The URL of the local issuer. */
  readonly url: string
  /** The name of the API. */
  readonly audience: string
  /** The claims of the usual job. */
  readonly claims: Claims
}

/** The conditions of a rule, and its settings where the platform needs some. */
interface RuleParts {
  /** Its conditions. */
  readonly conditions: Readonly<Record<string, unknown>>
  /** Its settings. */
  readonly settings: Readonly<Record<string, unknown>> | undefined
}

/**
 * The lines for an Express app that admits the usual job. Throws where no such rule can be made.
 */
export async function appLines(setup: Setup): Promise<string> {
  const { provider, url, audience } = setup
  const { trust, route } = await rulesFor(setup)
  const name = importNameOf(provider.id)
  return [
    `import { ${name}, requireWorkload, workloadAuth } from '@jobpass/express'`,
    '',
    `const ci = ${name}.at(${literal(url)}, { insecureLoopback: true }) // in production: ${name}`,
    `app.use(workloadAuth({ audience: ${literal(audience)}, trust: ci(${args(trust)}) }))`,
    `const usualJob = ci(${args(route)})`,
    "app.get('/try', requireWorkload(usualJob), (req, res) => void res.json(req.workload))",
  ].join('\n')
}

/** The rules of the API: who may call at all, and who may call the route. */
async function rulesFor(setup: Setup): Promise<{ readonly trust: RuleParts; readonly route: RuleParts }> {
  const { provider, url, claims } = setup
  const workload = (await identify(claims, url, provider)) as AnyWorkload
  const { provider: _, issuer: __, ...conditions } = suggestRule(workload) as Readonly<Record<string, unknown>>
  const settings = provider.table.fixedAudience && { audience: claims['aud'], sharedAudience: 'accepted' }
  const owner = ownerOf(provider, workload)
  const trust = [owner, conditions].find((each) => isTrusted(setup, { conditions: each, settings }))
  if (trust === undefined)
    throw new CommandError(
      `${provider.title} reads the tenant from the URL of its issuer, which a local one cannot have: use createTestIssuer of @jobpass/testing`,
    )
  return { trust: { conditions: trust, settings }, route: { conditions, settings: undefined } }
}

/** The widest rule for an owner: its id, or the first field that pins a tenant. */
function ownerOf({ table }: AnyProvider, workload: AnyWorkload): Readonly<Record<string, unknown>> {
  const facts = workload as unknown as Readonly<Record<string, unknown>>
  const pins = table.pins.includes('ownerId') ? ['ownerId', ...table.pins] : table.pins
  const pin = pins.find((name) => facts[name] !== undefined)
  return pin === undefined ? {} : { [pin]: facts[pin] }
}

/** Whether a server starts with a rule. */
function isTrusted({ provider, url, audience }: Setup, { conditions, settings }: RuleParts): boolean {
  try {
    const trust: TrustRule = provider.at(url, { insecureLoopback: true })(conditions, settings ?? {})
    createVerifier({ audience, trust, onWarning: () => {} })
    return true
  } catch {
    return false
  }
}

function args({ conditions, settings }: RuleParts): string {
  return [conditions, settings].flatMap((each) => (each === undefined ? [] : [literal(each)])).join(', ')
}

/** A value as JavaScript, in the style of the documentation. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([name, each]) => `${isName(name) ? name : literal(name)}: ${literal(each)}`,
    )
    return `{ ${members.join(', ')} }`
  }
  if (typeof value !== 'string') return JSON.stringify(value)
  return `'${JSON.stringify(value)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)}'`
}

function isName(text: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(text)
}
