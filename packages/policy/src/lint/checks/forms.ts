/** Lints on values that their field can never hold: such a rule matches nothing. */

import type { Found, Lint } from '../finding.ts'
import { quote } from '../finding.ts'
import { hasWildcard } from '../cover.ts'
import { writtenPattern } from '../conflict.ts'
import type { LintedRule } from '../subject.ts'
import type { Term } from '../terms.ts'
import { exactly, named } from '../terms.ts'

const texts = ({ written }: Term): readonly string[] => written.filter((value) => typeof value === 'string')

/** Inspects each text of the terms. */
function eachText(
  { place }: LintedRule,
  terms: readonly Term[],
  look: (text: string, term: Term) => { readonly message: string; readonly fix: string } | undefined,
): readonly Found[] {
  return terms.flatMap((term) =>
    texts(term).flatMap((text) => {
      const found = look(text, term)
      return found === undefined ? [] : [{ where: `${place}.${term.label}`, ...found }]
    }),
  )
}

function patternAsValue(rule: LintedRule): readonly Found[] {
  const terms = rule.terms.filter(({ kind, implied }) => kind === 'exact' && !implied)
  return eachText(rule, terms, (text, { label, facts }) => {
    // Names and refs contain no wildcards. Brackets are not wildcards: names of bots contain them.
    if (!/[*?^$\\]/.test(text) || facts.kind === 'id') return undefined
    return {
      message: `${quote(text)} is compared literally, including its wildcards, so it matches nothing.`,
      fix: hasWildcard(text)
        ? `Write ${label}: glob(${quote(text)}) if you mean a pattern.`
        : `Write a list of values, ${label}: ['…', '…'], or glob('…'); there are no regular expressions.`,
    }
  })
}

function shortRef(rule: LintedRule): readonly Found[] {
  if (rule.shape === undefined) return []
  return eachText(rule, named(rule.terms, 'ref'), (text, term) => {
    const first = text.split('/')[0] ?? ''
    if (first === 'refs' || (term.kind === 'glob' && hasWildcard(first))) return undefined
    const name = text.replace(/^heads\//, '')
    return {
      message: `${quote(text)} matches nothing: a ref begins with refs/heads/ or refs/tags/.`,
      fix: `Write branch: ${writtenPattern(term, name)} or tag: ${writtenPattern(term, name)}, whichever you mean; as a full ref: ref: ${writtenPattern(term, `refs/heads/${name}`)}.`,
    }
  })
}

const prefixes = { branch: 'refs/heads/', tag: 'refs/tags/' } as const

function fullName(rule: LintedRule): readonly Found[] {
  const fields = ['branch', 'tag'] as const
  return fields.flatMap((field) =>
    eachText(rule, named(rule.terms, field), (text, term) => {
      const prefix = Object.values(prefixes).find((each) => text.startsWith(each))
      if (prefix === undefined) return undefined
      const right = prefix === prefixes.tag ? 'tag' : 'branch'
      return {
        message: `A ${field} is written without ${prefix}, so this does not match the intended one.`,
        fix: `Write ${right}: ${writtenPattern(term, text.slice(prefix.length))}.`,
      }
    }),
  )
}

const looks = {
  digits: { test: /^\d+$/, say: 'digits only' },
  uuid: { test: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, say: 'a UUID in lower case' },
}

function idShape(rule: LintedRule): readonly Found[] {
  const { ids = {} } = rule.shape ?? {}
  return eachText(rule, exactly(rule.terms, ...Object.keys(ids)), (text, { name, label }) => {
    const { test, say } = looks[ids[name] ?? 'digits']
    if (test.test(text)) return undefined
    const field = label.endsWith('Id') ? label.slice(0, -2) : undefined
    const named = field !== undefined && Object.hasOwn(rule.facts.table.identity, field)
    return {
      message: `${quote(text)} matches nothing: this id is ${say}.`,
      fix: `Look the id up${named ? `, or write the name as ${field}: ${quote(text)}` : ''}.`,
    }
  })
}

function nameShape(rule: LintedRule): readonly Found[] {
  const { segments = {} } = rule.shape ?? {}
  return eachText(rule, named(rule.terms, ...Object.keys(segments)), (text, term) => {
    const shape = segments[term.name]
    const parts = text.split('/')
    const open = term.kind === 'glob' && parts.includes('**')
    const enough = open || parts.length >= (shape?.least ?? 0)
    const few = parts.filter((part) => !(open && part === '**')).length <= (shape?.most ?? Infinity)
    if (shape === undefined || (enough && few && !parts.includes(''))) return undefined
    return {
      message: `${quote(text)} matches nothing: ${term.label} looks like ${quote(shape.example)} at ${rule.facts.table.title}.`,
      fix: `Write ${term.label}: ${quote(shape.example)}, with your names.`,
    }
  })
}

function madeBranch(rule: LintedRule): readonly Found[] {
  const { madeBranches = {} } = rule.shape ?? {}
  return eachText(rule, named(rule.terms, 'branch'), (text, { kind }) => {
    const prefix = Object.keys(madeBranches).find((each) => text.startsWith(each))
    if (prefix === undefined) return undefined
    const field = madeBranches[prefix] ?? ''
    return {
      message: `${quote(prefix)} begins temporary branches that ${rule.facts.table.title} creates; 'branch' is absent in their runs.`,
      fix: `Write ${field}: ${field === 'mergeQueue' ? "'main', the base of the queue" : `${kind === 'glob' ? 'present()' : quote(text.slice(prefix.length))}, or leave it out`}.`,
    }
  })
}

/** Lints on formats of values. */
export const formLints: readonly Lint[] = [
  {
    id: 'L060',
    level: 'error',
    title: 'Pattern written as a value',
    why: 'Text is compared literally and as a whole. Patterns need glob(), so that none is written by accident.',
    attack: 'A2',
    bad: "githubActions({ repositoryId: '74205118', branch: 'release/*' })",
    good: "githubActions({ repositoryId: '74205118', branch: glob('release/*') })",
    rule: patternAsValue,
  },
  {
    id: 'L061',
    level: 'error',
    title: 'Short ref',
    attack: 'C6',
    why: 'A branch and a tag can have the same name; the prefix of `ref` distinguishes them.',
    bad: "githubActions({ repositoryId: '74205118', ref: 'main' })",
    good: "githubActions({ repositoryId: '74205118', ref: 'refs/heads/main' })",
    rule: shortRef,
  },
  {
    id: 'L062',
    level: 'error',
    title: 'Full ref as a branch or tag',
    why: '`branch` and `tag` are short names, without refs/heads/ or refs/tags/.',
    bad: "githubActions({ repositoryId: '74205118', branch: 'refs/heads/main' })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main' })",
    rule: fullName,
  },
  {
    id: 'L063',
    level: 'error',
    title: 'Not an id',
    why: 'Ids of this provider never look like that; usually a name was written by mistake.',
    bad: "githubActions({ repositoryId: 'acme/shop', branch: 'main' })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main' })",
    rule: idShape,
  },
  {
    id: 'L064',
    level: 'error',
    title: 'Not the name of an owner or repository',
    why: 'A repository name includes its owner, and at CircleCI the host too. Owners at GitHub have no slash.',
    bad: "githubActions({ ownerId: '1234567', repository: 'shop', branch: 'main' })",
    good: "githubActions({ ownerId: '1234567', repository: 'acme/shop', branch: 'main' })",
    rule: nameShape,
  },
  {
    id: 'L065',
    level: 'error',
    title: 'Branch that the platform creates',
    attack: 'C6',
    why: 'Temporary branches of merge queues and pull requests hold code that is not on any branch yet; `branch` is absent in their runs.',
    bad: "githubActions({ repositoryId: '74205118', branch: glob('gh-readonly-queue/main/*') })",
    good: "githubActions({ repositoryId: '74205118', mergeQueue: 'main' })",
    rule: madeBranch,
  },
]
