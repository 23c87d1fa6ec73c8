/** From a compiled table to the callable provider: how it is bound to an issuer, and which issuer follows from a rule's conditions. */

import type { CompiledTable } from '../table/compile-table.ts'
import { checkFetchUrl, checkIssuer, fitsTemplate, issuerOf } from '../model/issuer.ts'
import type { ValueShape } from '../model/value-shape.ts'
import { hasShape, valueShapes } from '../model/value-shape.ts'
import { checkKeySet } from '../keys/jwk.ts'
import type { Find } from './provider.ts'
import type { IssuerOptions } from '../keys/issuer-options.ts'
import type { ProviderTable } from '../table/provider-table.ts'
import type { Binding, DenyRule, TrustLookup, TrustRule, RuleSettings } from '../rule/rule.ts'
import { makeRule } from '../rule/make-rule.ts'
import { readSettings } from '../rule/rule-settings.ts'
import { ownCopy } from '../util/objects.ts'
import { readOptions } from '../util/options.ts'
import { formatValue, formatForText } from '../util/format.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { recognize, refuseOtherCopy } from '../util/copies.ts'

/** A look-up as the deciding code sees it. */
export interface CompiledLookup {
  readonly table: CompiledTable
  readonly issuers: readonly string[]
  readonly find: Find<AnyWorkload>
  readonly settings: RuleSettings
  readonly source: IssuerOptions | undefined
}

/** A provider as `parseRule` sees it. */
export interface ProviderForm {
  readonly table: CompiledTable
  /** The issuer it is bound to by `.at()`; `undefined` for the provider itself. */
  readonly boundTo: string | undefined
}

type AnyProvider = (conditions: unknown, settings?: unknown) => TrustRule<never>

const providers = new WeakMap<object, ProviderForm>()
const lookups = new WeakMap<object, CompiledLookup>()
const parts = new WeakSet<object>()
recognize((value) => (providerForm(value) ?? compiledLookup(value)) !== undefined || isProviderPart(value))

/** Whether a function belongs to a provider, so that it is no resolver. */
export function isProviderPart(value: unknown): boolean {
  return typeof value === 'function' && parts.has(value)
}

/** What a provider was made from, or `undefined` for anything else. */
export function providerForm(value: unknown): ProviderForm | undefined {
  return typeof value === 'function' ? providers.get(value) : undefined
}

/** The compiled form of a look-up made here, or `undefined` for anything else. */
export function compiledLookup(value: unknown): CompiledLookup | undefined {
  return typeof value === 'object' && value !== null ? lookups.get(value) : undefined
}

/** Makes the provider of a table; without an issuer of its own, only `.at()` makes rules. */
export function makeProvider(compiled: CompiledTable): AnyProvider {
  const { table, tenant } = compiled
  const at = (issuer: unknown, options: unknown = {}): AnyProvider => bindAt(compiled, issuer, options)
  if (table.issuer === undefined) {
    const selfHosted = (): never => {
      throw new TypeError(`${table.title} has no issuer of its own: write ${table.id}.at('https://…')({ … })`)
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
  // A deny rule of a per-tenant provider holds for each of its tenants, and so is bound to the provider alone.
  const denying: Binding = { ...binding, issuers: () => (templated ? undefined : [issuer]) }
  const lookup = templated
    ? (): never => {
        throw new TypeError(
          `${table.title} has an issuer per tenant, none of which is looked up at run time; write .at(issuer).lookup(…)`,
        )
      }
    : undefined
  return finish(
    bind(binding),
    { table: compiled, boundTo: undefined },
    { ...members(binding, denying), ...(lookup && { lookup }), at },
  )
}

function bindAt(compiled: CompiledTable, issuer: unknown, options: unknown): AnyProvider {
  const { table, tenant } = compiled
  const known = ['jwksUri', 'keys', 'fetch', 'insecureLoopback']
  const source = checkSource(table, readOptions(`${table.title} .at() options`, options, known))
  const bound = checkIssuer(issuer, source.insecureLoopback === true)
  if (table.issuer !== undefined && tenant.length > 0 && fitsTemplate(table.issuer, bound)) {
    throw new TypeError(
      `${formatValue(bound)} is a tenant's issuer: write ${table.id}({ ${tenant.join()}: '…' }) instead of .at()`,
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
  lookups.set(lookup, {
    table: binding.table,
    issuers: bound.issuers({}) as readonly string[],
    find: find as Find<AnyWorkload>,
    settings: readSettings(what, settings),
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

function checkSource({ title }: ProviderTable, options: Readonly<Record<string, unknown>>): IssuerOptions {
  const { jwksUri, keys, fetch, insecureLoopback } = options
  if (insecureLoopback !== undefined && insecureLoopback !== true) {
    throw new TypeError(`${title} .at(): insecureLoopback is true, or left out`)
  }
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

/** The tenants a rule names, each checked before it is put into a URL. */
function tenantValues(table: ProviderTable, field: string, value: unknown): readonly string[] {
  const shape = table.shapes?.[field] as ValueShape
  const list: readonly unknown[] = Array.isArray(value) ? Array.from(value as unknown[]) : [value]
  const valid = list.length > 0 && list.every((item) => hasShape(item, shape))
  if (!valid) {
    throw new TypeError(
      `${table.title}: '${field}' is required and chooses the issuer: write the exact value (${valueShapes[shape].called}), or a list of them, not ${formatForText(value)}`,
    )
  }
  return list as readonly string[]
}
