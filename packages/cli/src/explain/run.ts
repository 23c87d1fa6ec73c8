/** `jobpass explain`. */

import { suggestRule } from '@jobpass/core'
import { inspectRule } from '@jobpass/policy'
import type { ExplainFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { CommandError, exitCodes } from '../io/exit.ts'
import { readInput } from '../io/input.ts'
import { print, printJson } from '../io/print.ts'
import { styleFor } from '../io/style.ts'
import { maxTokenBytes, readToken } from '../io/token.ts'
import { placesIn } from '../policy/places.ts'
import type { PolicyFile } from '../policy/read-policy.ts'
import { readPolicy, setName } from '../policy/read-policy.ts'
import { trustOf } from '../policy/trust.ts'
import { adviceOn } from './advice.ts'
import type { Examination } from './examine.ts'
import { examine } from './examine.ts'
import { platformOf } from './platform.ts'
import type { Credential } from './read-credential.ts'
import { readCredential } from './read-credential.ts'
import { asJson, asText } from './render.ts'

/** Explains a token or claims. */
export async function runExplain(this: Context, flags: ExplainFlags): Promise<void> {
  const file = await readPolicy(this, flags.policy, { strict: flags.strict, issuer: flags.issuer })
  const set = setName(file, flags.set)
  const credential = await readGiven(this, flags)
  const trust = trustOf(file, flags.trust)
  const { audience = [], strict, maxTokenAge } = flags
  const examination = await examine(credential, {
    audience,
    trust,
    trustIsGuess: flags.trust === undefined,
    route: [file.policy.rules(set)],
    strict,
    maxTokenAge,
    now: flags.at ?? this.now(),
    fetch: flags.verify ? this.fetch : undefined,
  })
  const platform = platformOf(credential.claims ?? {}, trust)
  const untrusted =
    examination.last.code === 'issuer_untrusted' || examination.last.verdict?.reason === 'no-rule-for-issuer'
  const explanation = {
    ...examination,
    advice: adviceOn(examination, { audience: audience[0], platform: platform?.id }),
    suggestion: untrusted && examination.workload ? suggestRule(examination.workload) : undefined,
    place: placeOf(examination, file, set),
    trusted: flags.claimsTrusted,
  }
  if (flags.json) printJson(this, asJson(explanation))
  else print(this, asText(explanation, styleFor(this.process.stdout, this.process.env)))
  this.process.exitCode = exitCodeOf(examination, flags)
}

async function readGiven(context: Context, { claims, tokenEnv }: ExplainFlags): Promise<Credential> {
  if (claims !== undefined && tokenEnv !== undefined)
    throw new CommandError('--claims and --token-env exclude each other')
  if (claims !== undefined) {
    const given = readCredential(await readInput(context, claims, { what: 'the claims', maxBytes: maxTokenBytes }))
    if (given.kind === 'claims') return given
    throw new CommandError(`${claims}: has no claims, which are a JSON object`)
  }
  return readCredential(await readToken(context, tokenEnv, 'the token or its claims'))
}

function placeOf({ last }: Examination, { path, text, policy }: PolicyFile, set: string): string | undefined {
  const { verdict, layer } = last
  if (layer !== 'route' || verdict?.nearest === undefined) return undefined
  // The verdict is about enforced rules; the file has those that only report, too.
  const enforced = (policy.entries[set] ?? []).flatMap((rule, index) => (inspectRule(rule).reports ? [] : [index]))
  const index = enforced[verdict.rules.indexOf(verdict.nearest)]
  if (index === undefined) return undefined
  const { line, column } = placesIn(text)(['rules', set, index])
  return `${path}:${line}:${column}`
}

function exitCodeOf({ allowed, steps, unverified }: Examination, { verify, claimsTrusted }: ExplainFlags): number {
  if (!allowed) return verify && steps[0]?.code === 'issuer_unavailable' ? exitCodes.outage : exitCodes.no
  return unverified.length === 0 || claimsTrusted ? exitCodes.ok : exitCodes.unverified
}
