/** Translates a test of the subject to conditions on what the subject is made of. */

import { formatValue } from '@jobpass/core/internal'
import { exactText, joined, matchesAll, sampleOf } from '../pattern.ts'
import type { ClaimTest, Comparison, Pattern } from '../requirement.ts'
import { any } from '../requirement.ts'
import type { SubjectForm } from '../subject/forms.ts'
import { subjectForms, tenantMeant } from '../subject/forms.ts'
import type { Split } from '../subject/split.ts'
import { splitsOf } from '../subject/split.ts'
import type { Choice, Remark, Translated } from './condition.ts'
import { oneOrList, Untranslatable } from './condition.ts'

/** Translates a test of `sub` for a provider. */
export function translateSubject({ comparison, negated }: ClaimTest, provider: string): Translated {
  const patterns = patternsOf(comparison)
  if (negated) return without(patterns, provider)
  if (patterns === undefined || patterns.some(matchesAll)) return { choices: [[]], remarks: [] }
  const parts = patterns.map((pattern) => translateOne(pattern, provider))
  return { choices: parts.flatMap(({ choices }) => choices), remarks: parts.flatMap(({ remarks }) => remarks) }
}

/** The patterns of a comparison; `undefined` where every subject passes. */
function patternsOf(comparison: Comparison): readonly Pattern[] | undefined {
  if (comparison.kind === 'present') return undefined
  if (comparison.kind === 'like') return comparison.patterns.map(joined)
  // A subject in another letter case is not admitted, which is narrower.
  if (comparison.kind === 'equals' || comparison.kind === 'equalsIgnoringCase')
    return comparison.values
      .filter((value) => typeof value === 'string' && value !== '')
      .map((value) => [String(value)])
  return []
}

function translateOne(pattern: Pattern, provider: string): Translated {
  const text = exactText(pattern)
  const fits = fitsOf(pattern, provider)
  if (text !== undefined) {
    const [found] = fits
    return { choices: [[...(found?.choice ?? []), { key: 'subject', value: text }]], remarks: [] }
  }
  if (fits.length === 0) return refused(pattern)
  return {
    choices: distinct(fits.map(({ choice }) => choice)),
    remarks: [defaultRemark(pattern), ...fits.flatMap(({ remarks }) => remarks)],
  }
}

function refused(pattern: Pattern): Translated {
  const message = `The subject pattern ${formatValue(sampleOf(pattern, '*'))} fits no form of a subject for which a rule has conditions.`
  return {
    choices: [],
    remarks: [{ level: 'refused', message, fix: 'Write a rule with a condition for each claim, or exact subjects.' }],
  }
}

interface Fit {
  readonly choice: Choice
  readonly remarks: readonly Remark[]
}

/** How a pattern fits the forms of a provider; a form that an earlier one includes is left out. */
function fitsOf(pattern: Pattern, provider: string): readonly Fit[] {
  const found: { readonly kind: string; readonly fit: Fit }[] = []
  for (const form of subjectForms[provider] ?? []) {
    const [group = '', first, ...rest] = form.kind.split(' ')
    const wider = [`${group} all`, ...(rest.length > 0 ? [`${group} ${first} all`] : [])]
    if (found.some(({ kind }) => wider.includes(kind))) continue
    for (const fit of fitForm(pattern, form)) found.push({ kind: form.kind, fit })
  }
  return found.map(({ fit }) => fit)
}

/** How a pattern fits one form: as its text says, and not with a wildcard that takes the text of the form. */
function fitForm(pattern: Pattern, form: SubjectForm): readonly Fit[] {
  const splits = splitsOf(pattern, form.form) ?? []
  const most = Math.max(...splits.map(({ literal }) => literal))
  const odd = splits.filter(({ literal }) => literal < most)
  return splits
    .filter(({ literal }) => literal === most)
    .flatMap(({ holes }) => {
      const choice = form.conditions(holes)
      if (choice === undefined) return []
      return [{ choice, remarks: [...tenantRemarks(holes, form), ...odd.map((split) => oddRemark(split, form))] }]
    })
}

function distinct(choices: readonly Choice[]): readonly Choice[] {
  const texts = choices.map((choice) => JSON.stringify(choice))
  return choices.filter((_, index) => texts.indexOf(texts[index] as string) === index)
}

/** A subject of the form, with samples of its holes. */
function subjectOf(
  { form }: SubjectForm,
  holes: Split['holes'],
  filling: Readonly<Record<string, string>> = {},
): string {
  return form
    .map((part) =>
      typeof part === 'string' ? part : (filling[part.hole] ?? sampleOf(holes[part.hole] ?? [any], samples[part.hole])),
    )
    .join('')
}

/** What fills the wildcards of a hole in examples. */
const samples: Readonly<Record<string, string>> = {
  ownerId: '1',
  repositoryId: '1',
  context: 'pull_request',
}

function tenantRemarks(holes: Split['holes'], form: SubjectForm): readonly Remark[] {
  const [name, pattern = []] = 'owner' in holes ? ['owner', holes['owner']] : ['path', holes['path']]
  const [first] = joined(pattern)
  const isOpen = name === 'owner' ? tenantMeant(pattern) !== pattern : tenantIsOpen(pattern)
  if (!isOpen || typeof first !== 'string') return []
  const evil = name === 'owner' ? `${first}-evil` : `${first}-evil/x`
  return [
    {
      level: 'accident',
      message: `The wildcard after ${formatValue(first)} also admits tenants whose names begin with it.`,
      fix: `The rules admit ${formatValue(first)} only.`,
      example: { sub: subjectOf(form, holes, { [name]: evil }) },
    },
    {
      level: 'stricter',
      message: `The rules admit ${formatValue(first)} only, and no tenant whose name begins with it.`,
      fix: 'Add a rule for each other tenant that you mean.',
    },
  ]
}

function tenantIsOpen(pattern: Pattern): boolean {
  const [first, second] = joined(pattern)
  return typeof first === 'string' && !first.includes('/') && second === any
}

function oddRemark({ holes }: Split, form: SubjectForm): Remark {
  return {
    level: 'accident',
    message: 'A wildcard also takes the text between the parts of a subject, so that another job passes.',
    fix: 'The rules compare each claim by itself.',
    example: { sub: subjectOf(form, holes) },
  }
}

/** Rules have no patterns for the subject. */
function defaultRemark(pattern: Pattern): Remark {
  return {
    level: 'note',
    message: `Rules take no pattern for the subject: ${formatValue(sampleOf(pattern, '*'))} is a condition on each claim that the platform makes the subject of by default. Names are compared as the platform compares them, without letter case.`,
    fix: 'If your organization changed the template of its subjects, write exact subjects instead.',
  }
}

function without(patterns: readonly Pattern[] | undefined, provider: string): Translated {
  if (patterns === undefined || patterns.some(matchesAll))
    throw new Untranslatable('No token passes, because each has a subject.', 'Leave this part out.')
  const exact = patterns.flatMap((pattern) => exactText(pattern) ?? [])
  const choice: Choice = exact.length === 0 ? [] : [{ key: 'subject', value: { not: oneOrList(exact) } }]
  const open = patterns.filter((pattern) => exactText(pattern) === undefined)
  if (open.length === 0) return { choices: [choice], remarks: [] }
  throw new Untranslatable(
    `Rules of ${provider} cannot exclude subjects by a pattern.`,
    'Exclude the values of the claims that the pattern means.',
  )
}
