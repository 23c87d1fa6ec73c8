/** Searches a job that one list of rules admits and another does not. */

import type { TrustRule } from '@jobpass/core'
import { inspectRule } from '@jobpass/policy'
import type { Presented } from '../explain/identify.ts'
import type { MadeJob, Values } from './job-maker.ts'
import { admits, JobMaker } from './job-maker.ts'
import type { Sample } from './samples.ts'
import { otherThan, samplesOf } from './samples.ts'

/** The most jobs that are made in one search. */
const most = 400

/** A job that `rule` of `these` admits and `others` do not; `undefined` where none was found. */
export async function findWitness(
  rule: TrustRule,
  these: readonly TrustRule[],
  others: readonly TrustRule[],
): Promise<MadeJob | undefined> {
  return (await findByFields(rule, these, others)) ?? (await findByClaims(rule, these, others))
}

async function findByFields(
  rule: TrustRule,
  these: readonly TrustRule[],
  others: readonly TrustRule[],
): Promise<MadeJob | undefined> {
  const maker = await JobMaker.for(rule)
  let made = 0
  for (const values of candidates(rule, others))
    for (const presented of presentations(rule, others))
      for (const trigger of maker.triggers) {
        if (made++ >= most) return undefined
        const job = await maker.make(trigger, values, presented)
        if (job !== undefined && admits(these, job) && !admits(others, job)) return job
      }
  return undefined
}

/**
 * The same, by changing one raw claim of a job that the rule admits: some fields follow from claims
 * in ways that only the platform's table knows.
 */
async function findByClaims(
  rule: TrustRule,
  these: readonly TrustRule[],
  others: readonly TrustRule[],
): Promise<MadeJob | undefined> {
  const maker = await JobMaker.for(rule)
  const base = baseOf(rule)
  for (const trigger of maker.triggers) {
    const job = await maker.make(trigger, base, {})
    if (job === undefined || !admits(these, job)) continue
    for (const [name, value] of Object.entries(job.claims))
      for (const sample of typeof value === 'string' && !registered.has(name) ? variantsOf(value) : []) {
        const changed = await maker.make(trigger, { ...base, [`claims.${name}`]: sample }, {})
        if (changed !== undefined && admits(these, changed) && !admits(others, changed)) return changed
      }
  }
  return undefined
}

const registered: ReadonlySet<string> = new Set(['iss', 'aud', 'jti'])

/** Other texts of the same form: another last segment, and another text altogether. */
function variantsOf(value: string): readonly Sample[] {
  return [value.replace(/[^/@:]+(?=@|$)/, 'jobpass-diff'), `${value}-jobpass-diff`, undefined]
}

function baseOf(rule: TrustRule): Values {
  return Object.fromEntries([...conditionsOf(rule)].map(([field, condition]) => [field, samplesOf(condition)[0]]))
}

/** Values to try: those of the rule, then also others in the fields that only the others name. */
function* candidates(rule: TrustRule, others: readonly TrustRule[]): Generator<Values> {
  const own = conditionsOf(rule)
  const base = baseOf(rule)
  yield base
  const free = freeFields(own, others)
  const elsewhere = new Map([...free].map(([field, samples]) => [field, [otherThan(samples), ...samples, undefined]]))
  for (const [field, samples] of elsewhere) yield { ...base, [field]: samples[0] }
  const all = [...elsewhere].map(([field, samples]) => [field, samples[0]] as const)
  // A run is of a branch or of a tag: each by itself, with everything else.
  for (const [field] of elsewhere) yield { ...base, ...Object.fromEntries(all.filter(([name]) => name !== field)) }
  yield { ...base, ...Object.fromEntries(all) }
  for (const [field, condition] of own) {
    const ofOthers = others.flatMap((each) => samplesOf(conditionsOf(each).get(field)))
    for (const sample of [...samplesOf(condition).slice(1), ...ofOthers]) yield { ...base, [field]: sample }
  }
  for (const [field, samples] of elsewhere) for (const sample of samples.slice(1)) yield { ...base, [field]: sample }
}

/** The fields that only the other rules name, with values that mean something to them. */
function freeFields(
  own: ReadonlyMap<string, unknown>,
  others: readonly TrustRule[],
): ReadonlyMap<string, readonly Sample[]> {
  const fields = new Map<string, Sample[]>()
  for (const other of others)
    for (const [field, condition] of conditionsOf(other))
      if (!own.has(field)) fields.set(field, [...(fields.get(field) ?? []), ...samplesOf(condition)])
  return fields
}

/** How to present the token: to this audience, at ages around the limits of the rules. */
function presentations(rule: TrustRule, others: readonly TrustRule[]): readonly Presented[] {
  const { settings } = inspectRule(rule)
  const [audience] = [settings.audience ?? []].flat()
  const limits = [rule, ...others].flatMap((each) => inspectRule(each).settings.maxTokenAge ?? [])
  // Ages below the limit of the rule, and above those of the others with the tolerance of clocks.
  const ages = [0, ...limits.flatMap((limit) => [limit, limit + 31])].toSorted((a, b) => a - b)
  return [...new Set(ages)].map((age) => ({ age, ...(audience !== undefined && { audience }) }))
}

/** The conditions of a rule by field; those on raw claims by `claims.NAME`. */
function conditionsOf(rule: TrustRule): ReadonlyMap<string, unknown> {
  const { provider: _, issuer: __, settings: ___, claims = {}, ...fields } = rule.toJSON()
  const raw = Object.entries(claims as object).map(([name, value]) => [`claims.${name}`, value as unknown] as const)
  return new Map([...Object.entries(fields), ...raw])
}
