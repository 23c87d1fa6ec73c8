/**
 * What AWS does with a trust policy and the claims of a token, for tests: written from the
 * documentation, over the JSON of the policy, without the reader.
 */

type Json = Readonly<Record<string, unknown>>

/** Which claims of which issuer AWS makes condition keys of. */
const keys: Readonly<Record<string, readonly string[]>> = {
  'token.actions.githubusercontent.com':
    'actor actor_id job_workflow_ref repository repository_id workflow ref environment enterprise_id'.split(' '),
  'gitlab.com':
    'namespace_id project_id user_id user_login user_email user_access_level ref_protected pipeline_source'.split(' '),
}

const list = (value: unknown): readonly unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

/**
 * Whether AWS accepts a token with these claims. `spell` changes all values before they are
 * compared.
 */
export function awsAdmits(policy: Json, claims: Json, spell: (text: string) => string = String): boolean {
  const provider = String(claims['iss']).replace('https://', '')
  const holding = list(policy['Statement']).filter((each) => {
    const statement = each as Json
    const federated = list((statement['Principal'] as Json)['Federated'])
    return (
      list(statement['Action']).includes('sts:AssumeRoleWithWebIdentity') &&
      federated.some((arn) => String(arn).endsWith(`:oidc-provider/${provider}`)) &&
      holds((statement['Condition'] ?? {}) as Json, provider, claims, spell)
    )
  }) as readonly Json[]
  return holding.some(({ Effect }) => Effect === 'Allow') && !holding.some(({ Effect }) => Effect === 'Deny')
}

function holds(condition: Json, provider: string, claims: Json, spell: (text: string) => string): boolean {
  return Object.entries(condition).every(([operator, tests]) =>
    Object.entries(tests as Json).every(([key, value]) =>
      passes(operator, spelt(list(value), operator, spell), spelt(valuesOf(key, provider, claims), operator, spell)),
    ),
  )
}

/** Values of version 2012-10-17, which all policies of the tests have. */
const spelt = (values: readonly unknown[], operator: string, spell: (text: string) => string): readonly string[] =>
  operator === 'Null' ? values.map(String) : values.map((value) => spell(String(value)))

/** The values of a key in the request; none for a key that is absent. */
function valuesOf(key: string, provider: string, claims: Json): readonly string[] {
  const own = provider.startsWith('oidc.circleci.com/org/') ? ['oidc.circleci.com/project-id'] : (keys[provider] ?? [])
  const claim = ['aud', 'sub', 'amr', ...own].find((name) => `${provider}:${name}`.toLowerCase() === key.toLowerCase())
  const value = claim === undefined ? undefined : claims[claim]
  return value === undefined || value === null ? [] : list(value).map(String)
}

function passes(operator: string, wanted: readonly string[], given: readonly string[]): boolean {
  const [first = '', second] = operator.split(':')
  const set = second === undefined ? undefined : first
  const base = (second ?? first).replace(/IfExists$/, '')
  if (base === 'Null') return wanted.includes(String(given.length === 0))
  if (set === 'ForAllValues') return given.every((value) => compare(base, wanted, value))
  if (given.length === 0) return operator.endsWith('IfExists') || (set === undefined && base.startsWith('StringNot'))
  return given.some((value) => compare(base, wanted, value))
}

function compare(base: string, wanted: readonly string[], value: string): boolean {
  const literal = (text: string): string => text.replaceAll(/\$\{([*?$])\}/g, '$1')
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
  const none = base.startsWith('StringNot')
  const kind = base.replace('StringNot', '').replace('String', '')
  const found = wanted.some((text) => {
    if (kind === 'Like') return like(text, value)
    return kind === 'Equals' ? literal(text) === value : same(literal(text), value)
  })
  return found !== none
}

function like(pattern: string, value: string): boolean {
  const parts = pattern.split(/(\$\{[*?$]\}|[*?])/)
  const source = parts.map((part) => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    const text = part.replace(/^\$\{([*?$])\}$/, '$1')
    return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
  })
  return new RegExp(`^${source.join('')}$`, 'su').test(value)
}
