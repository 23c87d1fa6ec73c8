/** What to change after a refusal: in the rule, in the workflow, or in the platform's settings. */

import type { CheckResult, RuleVerdict } from '@jobpass/core'
import { escapeForLog } from '@jobpass/core/internal'
import type { Examination, Step } from './examine.ts'
import type { Advice } from './platform-advice.ts'
import { platformPage, tokenRequests, workflowLines } from './platform-advice.ts'

/** What the advice depends on in addition to the examination. */
export interface AdviceOptions {
  /** A name of the API; `undefined` where it is unknown. */
  readonly audience: string | undefined
  /** Id of the platform, where it is known. */
  readonly platform: string | undefined
}

/** The changes that would help, in the order of the refusals. */
export function adviceOn({ steps, last }: Examination, options: AdviceOptions): readonly Advice[] {
  const onTokens = steps.flatMap((step) => adviceOnStep(step, options))
  const { verdict } = last
  const nearest = verdict?.nearest
  if (verdict === undefined || last.allowed) return onTokens
  if (verdict.reason === 'denied')
    return [...onTokens, { where: 'rule', text: 'A deny rule of the server matches: it wins over every other rule.' }]
  if (nearest === undefined || verdict.reason === 'no-rule-for-issuer') return onTokens
  return [...onTokens, ...failedChecks(nearest).flatMap((check) => adviceOnCheck(check, options))]
}

function failedChecks({ checks }: RuleVerdict): readonly CheckResult[] {
  return checks.filter(({ passed }) => !passed)
}

type OnStep = (step: Step, options: AdviceOptions) => Advice

const inWorkflow = (text: string): Advice => ({ where: 'workflow', text })

const onCodes: Readonly<Partial<Record<Step['code'], OnStep>>> = {
  token_missing: () => inWorkflow('Send the token as `Authorization: Bearer TOKEN`.'),
  token_malformed: () => inWorkflow('Send the token as the platform gave it, without quotes, JSON or line breaks.'),
  request_malformed: () => inWorkflow('Send one Authorization header with one token.'),
  token_expired: () => inWorkflow('Ask for the token right before the call, and again before each later call.'),
  token_too_old: () => inWorkflow('Ask for the token right before the call: the server takes young tokens only.'),
  token_not_yet_valid: () => ({
    where: 'server',
    text: 'Set the clock of the server: it is behind that of the issuer.',
  }),
  token_lifetime: () => ({
    where: 'rule',
    text: 'Set `maxLifetime` in the settings of the rule, if such tokens are expected.',
  }),
  audience_mismatch: (_, options) => inWorkflow(tokenRequest(options)),
  audience_multiple: (_, options) => inWorkflow(tokenRequest(options)),
  issuer_untrusted: () => ({
    where: 'rule',
    text: 'Add a rule for this issuer, if its jobs may call; see the suggestion.',
  }),
  header_unsupported: () => inWorkflow('Send the OIDC token of the job, and no other kind of token.'),
  algorithm_unsupported: () => inWorkflow('Send the OIDC token of the job, as its platform signed it.'),
  key_unknown: () => ({ where: 'settings', text: 'Check that the issuer still publishes the key of this token.' }),
  signature_invalid: () => inWorkflow('Send the token as the platform gave it: something changed it on the way.'),
  issuer_unavailable: () => ({
    where: 'server',
    text: 'Let the server reach the issuer: DNS, proxy, private CA, firewall.',
  }),
  claims_invalid: ({ event }, { platform }) => ({
    where: 'settings',
    text: `The platform must send the claim ${escapeForLog(event.claim ?? '')} in the documented form: ${platformPage(platform)}`,
  }),
}

function adviceOnStep(step: Step, options: AdviceOptions): readonly Advice[] {
  const advice = onCodes[step.code]?.(step, options)
  return advice === undefined ? [] : [advice]
}

function tokenRequest({ audience = 'NAME OF THE API', platform = '' }: AdviceOptions): string {
  const ask = tokenRequests[platform]?.(audience)
  return ask === undefined ? `Ask for a token for the audience ${audience}: ${platformPage(platform)}` : ask
}

function adviceOnCheck(check: CheckResult, { platform = '' }: AdviceOptions): readonly Advice[] {
  const { field, operator, actual, expected } = check
  const name = escapeForLog(field)
  if (operator === 'ordinary') {
    const warning = 'outsiders can start such runs, so only if the route may run their code'
    return [{ where: 'rule', text: `Name it: \`${name}: ${asYaml(actual)}\`; ${warning}.` }]
  }
  const inFile = workflowLines[field]?.(platform, wantedText(expected))
  const changes: Advice[] = inFile === undefined ? [] : [inFile]
  const mayList = operator === 'equals' || operator === 'oneOf'
  if (actual === undefined)
    return [...changes, { where: 'rule', text: `Leave \`${name}\` out, if jobs without it may call.` }]
  if (mayList)
    return [{ where: 'rule', text: `\`${name}: ${asYaml([expected, actual].flat())}\` admits both.` }, ...changes]
  return [{ where: 'rule', text: `\`${name}\` must match ${asYaml(actual)}, if such jobs may call.` }, ...changes]
}

function wantedText(expected: unknown): string | undefined {
  const [first] = [expected].flat()
  return typeof first === 'string' ? first : undefined
}

/** A value as a flow of YAML, which JSON is; plain where it can be nothing else. */
function asYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asYaml).join(', ')}]`
  const isPlain =
    typeof value === 'string' && /^[a-z][\w./-]*$/i.test(value) && !/^(?:true|false|null|yes|no|on|off)$/i.test(value)
  return escapeForLog(isPlain ? value : (JSON.stringify(value) ?? 'nothing'))
}
