/** Makes the callable provider from a compiled table, and binds it to an issuer. */

import type { CompiledTable } from '../table/compile-table.ts'
import { checkFetchUrl, checkIssuer, fitsTemplate, issuerOf } from '../model/issuer.ts'
import type { Shape } from '../model/value-shape.ts'
import { hasShape } from '../model/value-shape.ts'
import { checkKeySet } from '../keys/jwk.ts'
import type { Find } from './provider.ts'
import type { IssuerOptions } from '../keys/issuer-options.ts'
import type { ProviderTable } from '../table/provider-table.ts'
import type { Binding, DenyRule, TrustLookup, TrustRule, RuleSettings } from '../rule/rule.ts'
import { makeRule } from '../rule/make-rule.ts'
import { readSettings } from '../rule/rule-settings.ts'
import { ownCopy } from '../util/objects.ts'
import { assertTrue, readOptions } from '../util/options.ts'
import { formatValue, formatForText, importName } from '../util/format.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { recognize, refuseOtherCopy } from '../util/copies.ts'

/** A look-up in its compiled form. */
export interface CompiledLookup {
  /** The look-up as the application knows it. */
  readonly origin: object
  /** The table of its provider. */
  readonly table: CompiledTable
  /** The issuers whose callers it is for. */
  readonly issuers: readonly string[]
  /** Finds the stored rules of a caller's tenant. */
  readonly find: Find<AnyWorkload>
  /** The settings that hold for all of its rules. */
  readonly settings: RuleSettings
  /** Where the issuer's keys come from; `undefined`: discovery. */
  readonly source: IssuerOptions | undefined
}

/** A provider in the form that `parseRule` uses. */
export interface ProviderForm {
  /** Its compiled table. */
  readonly table: CompiledTable
  /** The issuer that `.at()` bound it to; `undefined` for the provider itself. */
  readonly boundTo: string | undefined
}

type AnyProvider = (conditions: unknown, settings?: unknown) => TrustRule<never>

const providers = new WeakMap<object, ProviderForm>()
const lookups = new WeakMap<object, CompiledLookup>()
const parts = new WeakSet<object>()
recognize((value) => (providerForm(value) ?? compiledLookup(value)) !== undefined || isProviderPart(value))

/** Whether a function belongs to a provider, and so is not a resolver. */
export function isProviderPart(value: unknown): boolean {
  return typeof value === 'function' && parts.has(value)
}

/** The form of a provider; `undefined` for any other value. */
export function providerForm(value: unknown): ProviderForm | undefined {
  return typeof value === 'function' ? providers.get(value) : undefined
}

/** The compiled form of a look-up; `undefined` for any other value. */
export function compiledLookup(value: unknown): CompiledLookup | undefined {
  return typeof value === 'object' && value !== null ? lookups.get(value) : undefined
}

/** Makes the provider of a table. Without an issuer in the table, only `.at()` makes rules. */
export function makeProvider(compiled: CompiledTable): AnyProvider {
  const { table, tenant } = compiled
  const at = (issuer: unknown, options: unknown = {}): AnyProvider => bindAt(compiled, issuer, options)
  if (table.issuer === undefined) {
    const selfHosted = (): never => {
      throw new TypeError(
        `${table.title} has no issuer of its own: write ${importName(table.id)}.at('https://…')({ … })`,
      )
    }
    return finish(selfHosted, { table: compiled, boundTo: undefined }, { at })
  }
  const { issuer } = table
  const templated = tenant.length > 0
  const binding: Binding = {
    table: compiled,
    source: undefined,
    issuers: (conditions) => expandIssuer(table, tenant, conditions),
  }
  // A deny rule of a per-tenant provider is for all of its tenants, and so is bound to the provider
  // only.
  const denying: Binding = { ...binding, issuers: () => (templated ? undefined : [issuer]) }
  const lookup = templated
    ? (): never => {
        throw new TypeError(`${table.title} has an issuer per tenant: look tenants up by tenantIssuers() in trust`)
      }
    : undefined
  return finish(
    bind(binding),
    { table: compiled, boundTo: undefined },
    { ...members(binding, denying), ...(lookup && { lookup }), at },
  )
}

const sourceOptions = { jwksUri: true, keys: true, fetch: true, insecureLoopback: true } as const

function bindAt(compiled: CompiledTable, issuer: unknown, options: unknown): AnyProvider {
  const { table, tenant } = compiled
  const source = checkSource(table, readOptions<IssuerOptions>(`${table.title} .at() options`, options, sourceOptions))
  const bound = checkIssuer(issuer, source.insecureLoopback === true)
  if (table.issuer !== undefined && tenant.length > 0 && fitsTemplate(table.issuer, bound)) {
    throw new TypeError(
      `${formatValue(bound)} is a tenant's issuer: write ${importName(table.id)}({ ${tenant.join()}: '…' }) instead of .at()`,
    )
  }
  const { serverIssuer: server } = table
  if (server?.pattern.test(bound) === false && bound.startsWith('https:')) {
    throw new TypeError(
      `The issuer ${formatValue(bound)} is the address of a server: write '${bound.replace(/\/$/, '')}${server.path}'`,
    )
  }
  const issuers = (conditions: Readonly<Record<string, unknown>>): readonly string[] => {
    for (const field of tenant) tenantValues(table, field, conditions[field])
    return [bound]
  }
  const binding: Binding = { table: compiled, source, issuers }
  const denying: Binding = { ...binding, issuers: () => [bound] }
  return finish(bind(binding), { table: compiled, boundTo: bound }, members(binding, denying))
}

function bind(binding: Binding): AnyProvider {
  return (conditions, settings) => makeRule('allow', binding, conditions, settings)
}

function members(binding: Binding, denying: Binding): Record<string, (...args: never[]) => unknown> {
  return {
    deny: (conditions: unknown): DenyRule<never> => makeRule('deny', denying, conditions, undefined),
    lookup: (find: unknown, settings?: unknown): TrustLookup<never> => makeLookup(binding, denying, find, settings),
  }
}

function makeLookup(binding: Binding, bound: Binding, find: unknown, settings: unknown): TrustLookup<never> {
  const what = `${binding.table.table.title}: lookup()`
  refuseOtherCopy(find)
  if (typeof find !== 'function' || providerForm(find) !== undefined) {
    throw new TypeError(
      `${what} takes a function that finds the stored rules of the caller's tenant, not ${formatValue(find)}`,
    )
  }
  const lookup = Object.freeze({ effect: 'lookup' as const })
  const read = readSettings(what, settings)
  if ('data' in read) throw new TypeError(`${what}: data belongs to the rules that it finds`)
  lookups.set(lookup, {
    origin: lookup,
    table: binding.table,
    issuers: bound.issuers({}) as readonly string[],
    find: find as Find<AnyWorkload>,
    settings: read,
    source: binding.source,
  })
  return lookup
}

function finish(
  callable: AnyProvider | (() => never),
  form: ProviderForm,
  extra: Readonly<Record<string, (...args: never[]) => unknown>>,
): AnyProvider {
  const { id, title, issuer } = form.table.table
  Object.assign(callable, { id, title, issuer: form.boundTo ?? issuer, table: form.table.table }, extra)
  providers.set(callable, form)
  for (const part of Object.values(extra) as object[]) parts.add(part)
  return Object.freeze<AnyProvider>(callable)
}

function checkSource({ title }: ProviderTable, options: Readonly<Partial<IssuerOptions>>): IssuerOptions {
  const { jwksUri, keys, fetch, insecureLoopback } = options
  assertTrue(`${title} .at(): insecureLoopback`, insecureLoopback)
  if (keys !== undefined && (jwksUri !== undefined || fetch !== undefined)) {
    throw new TypeError(`${title} .at(): with keys nothing is fetched; leave jwksUri and fetch out`)
  }
  if (jwksUri !== undefined) checkFetchUrl(`${title} .at(): jwksUri`, jwksUri, insecureLoopback === true)
  if (keys !== undefined) checkKeySet(`${title} .at(): keys`, keys)
  if (fetch !== undefined && typeof fetch !== 'function')
    throw new TypeError(`${title} .at(): fetch must be a function`)
  return ownCopy(options as IssuerOptions)
}

function expandIssuer(
  table: ProviderTable,
  tenant: readonly string[],
  conditions: Readonly<Record<string, unknown>>,
): readonly string[] {
  const template = table.issuer as string
  const [field] = tenant
  if (field === undefined) return [template]
  return tenantValues(table, field, conditions[field]).map((value) => issuerOf(template, field, value))
}

/** The tenants that a rule names, each checked before it becomes part of a URL. */
function tenantValues(table: ProviderTable, field: string, value: unknown): readonly string[] {
  const shape = table.shapes?.[field] as Shape
  const list: readonly unknown[] = Array.isArray(value) ? Array.from(value as unknown[]) : [value]
  const valid = list.length > 0 && list.every((item) => hasShape(item, shape))
  if (!valid) {
    throw new TypeError(
      `${table.title}: '${field}' is required and chooses the issuer: write the exact value (${shape.called}), or a list of them, not ${formatForText(value)}`,
    )
  }
  return list as readonly string[]
}
