/** How a pattern for subjects fits the forms of a platform. */

import { formatValue } from '@jobpass/core/internal'
import { sampleOf } from '../pattern.ts'
import type { Pattern } from '../requirement.ts'
import { any } from '../requirement.ts'
import type { Choice, Remark } from '../translate/condition.ts'
import type { SubjectForm } from './form.ts'
import { openTenant } from './form.ts'
import { subjectForms } from './forms.ts'
import type { Split } from './split.ts'
import { splitsOf } from './split.ts'

/** One way in which a pattern fits a form. */
export interface Fit {
  /** The forms that one subject can have at once: with names, or with ids. */
  readonly group: string
  /**
   * The conditions on jobs with such subjects; `undefined` where the author surely means none of
   * them.
   */
  readonly choice: Choice | undefined
  /** A subject that the pattern matches. */
  readonly sample: string
  /** What was found. */
  readonly remarks: readonly Remark[]
}

/** How a pattern fits the forms of a provider; a form that an earlier one includes is left out. */
export function fitsOf(pattern: Pattern, provider: string): readonly Fit[] {
  const found: { readonly kind: string; readonly fit: Fit }[] = []
  for (const form of subjectForms[provider] ?? []) {
    const [group = '', first = '', ...rest] = form.kind.split(' ')
    const wider = new Set([`${group} all`, ...(rest.length > 0 ? [`${group} ${first} all`] : [])])
    if (found.some(({ kind }) => wider.has(kind))) continue
    for (const fit of fitForm(pattern, form)) found.push({ kind: form.kind, fit })
  }
  return found.map(({ fit }) => fit)
}

function fitForm(pattern: Pattern, form: SubjectForm): readonly Fit[] {
  const [group = ''] = form.kind.split(' ')
  return (splitsOf(pattern, form.form) ?? []).flatMap((split): readonly Fit[] => {
    const sample = subjectOf(form, split)
    if (isOdd(split, form)) return [{ group, choice: undefined, sample, remarks: [oddRemark(sample)] }]
    const choice = form.conditions(split)
    const remarks = [...tenantRemarks(split, form), ...surprises(split, form)]
    return choice === undefined ? [] : [{ group, choice, sample, remarks }]
  })
}

/** Whether a hole takes text that belongs between the holes. */
function isOdd(split: Split, { form }: SubjectForm): boolean {
  return form.some(
    (part) => typeof part !== 'string' && part.alsoFixed?.test(sampleOf(split[part.hole] ?? [])) === true,
  )
}

/** What fills the wildcards of a hole in examples. */
const fillings: Readonly<Record<string, string>> = {
  owner: 'someone',
  name: 'else',
  path: 'someone/else',
  ownerId: '1',
  repositoryId: '1',
  context: 'ref:refs/heads/main',
}

/** A subject of the form, with samples of its holes. */
function subjectOf({ form }: SubjectForm, split: Split, given: Readonly<Record<string, string>> = {}): string {
  return form
    .map((part) => {
      if (typeof part === 'string') return part
      const { hole } = part
      return given[hole] ?? sampleOf(split[hole] ?? [any], fillings[hole])
    })
    .join('')
}

function tenantRemarks(split: Split, form: SubjectForm): readonly Remark[] {
  const name = 'owner' in split ? 'owner' : 'path'
  const tenant = openTenant(split[name])
  if (tenant === undefined) return []
  const other = name === 'owner' ? `${tenant}-evil` : `${tenant}-evil/x`
  return [
    {
      level: 'accident',
      message: `The wildcard after ${formatValue(tenant)} also admits tenants whose names only begin with it.`,
      fix: `The rules admit ${formatValue(tenant)} only.`,
      example: { sub: subjectOf(form, split, { [name]: other }) },
    },
    {
      level: 'stricter',
      message: `The rules admit ${formatValue(tenant)} only, and no tenant whose name begins with it.`,
      fix: 'Add a rule for each other tenant that you mean.',
    },
  ]
}

function surprises(split: Split, form: SubjectForm): readonly Remark[] {
  if (form.surprise === undefined) return []
  const [message, context] = form.surprise
  return [
    {
      level: 'accident',
      message: `The original also admits ${message}.`,
      fix: 'Name the branches, tags or environments that may call.',
      example: { sub: subjectOf(form, split, { context }) },
    },
  ]
}

function oddRemark(sub: string): Remark {
  return {
    level: 'accident',
    message: 'A wildcard also takes the text between the parts of a subject, so that another job passes.',
    fix: 'The rules compare each claim by itself, and do not admit such a job.',
    example: { sub },
  }
}
