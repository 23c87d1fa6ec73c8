/** The state of the page, and what follows from it. */

import type { RuleJson } from '@jobpass/core'
import { computed, onBeforeUnmount, reactive, shallowRef, watch } from 'vue'
import type { ComputedRef, ShallowRef } from 'vue'
import type { Fields, View } from './evaluate.ts'
import { evaluate, stateOf, translated } from './evaluate.ts'
import { claimsOf, jobsOf, sampleRule } from './jobs.ts'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { providerById, providers } from '@jobpass/policy/built-in'
import { formatClaims, readToken } from './read-token.ts'
import type { Language } from './state.ts'
import { readState, writeState } from './state.ts'
import { writeRules } from './write-rule.ts'

type Editable<T> = { -readonly [K in keyof T]: T[K] }

/** The fields of the page and the jobs to choose from. */
export interface Playground {
  readonly fields: Editable<Fields>
  /** The job that was chosen; empty for claims of the person. */
  readonly job: ShallowRef<string>
  readonly jobs: ComputedRef<readonly string[]>
  readonly view: ShallowRef<View | undefined>
  /** Whether the view is that of earlier fields. */
  readonly busy: ShallowRef<boolean>
  /** What happened to the pasted text. */
  readonly notice: ShallowRef<string>
  readonly choosePlatform: (id: string) => Promise<void>
  readonly chooseJob: (job: string) => Promise<void>
  readonly chooseLanguage: (language: Language) => void
  readonly useRule: (rule: RuleJson) => void
  readonly give: (text: string) => void
}

const audience = 'https://api.acme.dev'
const noticeOfSignature = 'The signature was removed: the page keeps the claims only.'

/** The page, with the state that its address has. */
export function usePlayground(): Playground {
  const fields: Editable<Fields> = reactive({
    text: '',
    provider: 'github-actions',
    language: 'typescript',
    rule: '',
    set: '',
    audience,
    checkedAt: 0,
  })
  const view = shallowRef<View>()
  const busy = shallowRef(true)
  const provider = computed(() => providerById(fields.provider) ?? (providers[0] as AnyProvider))
  const { loading, ...jobs } = useJobs(fields, provider)
  const rule = useRuleText(fields, provider, view)
  const choosePlatform = async (id: string): Promise<void> => {
    const isSample = rule.isSample()
    fields.provider = id
    if (isSample) rule.useSample()
    await jobs.chooseJob(jobs.jobs.value[0] as string)
  }

  const { claims, ...rest } = readState(location.hash) ?? {}
  Object.assign(fields, rest)
  if (rest.rule === undefined) rule.useSample()
  if (claims === undefined) void jobs.chooseJob(jobs.jobs.value[0] as string)
  else fields.text = formatClaims(claims)
  keepView({ fields, view, busy }, loading)
  const { useRule, chooseLanguage } = rule
  return { fields, view, busy, choosePlatform, useRule, chooseLanguage, ...jobs }
}

type Jobs = Pick<Playground, 'job' | 'jobs' | 'notice' | 'chooseJob' | 'give'>

/** The job of the page: one that was chosen, or pasted claims. */
function useJobs(
  fields: Editable<Fields>,
  provider: ComputedRef<AnyProvider>,
): Jobs & { readonly loading: ShallowRef<boolean> } {
  const job = shallowRef('')
  const notice = shallowRef('')
  const loading = shallowRef(false)
  let loads = 0
  const chooseJob = async (chosen: string): Promise<void> => {
    job.value = chosen
    notice.value = ''
    const turn = ++loads
    loading.value = true
    const claims = await claimsOf(provider.value, chosen, fields.audience)
    if (turn !== loads) return
    fields.text = formatClaims(claims)
    loading.value = false
  }
  const give = (text: string): void => {
    const pasted = readToken(text)
    fields.text = pasted.replacement ?? text
    notice.value = pasted.replacement === undefined ? '' : noticeOfSignature
    job.value = ''
    loads++
    loading.value = false
  }
  return { job, jobs: computed(() => jobsOf(provider.value)), notice, loading, chooseJob, give }
}

interface RuleText extends Pick<Playground, 'useRule' | 'chooseLanguage'> {
  /** Whether the rule is one that the page wrote, which another platform replaces. */
  readonly isSample: () => boolean
  readonly useSample: () => void
}

/** The text of the rule. */
function useRuleText(
  fields: Editable<Fields>,
  provider: ComputedRef<AnyProvider>,
  view: ShallowRef<View | undefined>,
): RuleText {
  let sample = ''
  const isSample = (): boolean => fields.rule === sample || fields.rule.trim() === ''
  const useRule = (rule: RuleJson): void => {
    fields.rule = writeRules([rule], fields.language)
  }
  const useSample = (): void => {
    useRule(sampleRule(provider.value))
    sample = fields.rule
  }
  const chooseLanguage = (language: Language): void => {
    const text = view.value && translated(view.value.read, language)
    const wasSample = isSample()
    fields.language = language
    if (text !== undefined) fields.rule = text
    if (wasSample) sample = fields.rule
  }
  return { isSample, useSample, useRule, chooseLanguage }
}

/**
 * Evaluates the fields whenever they change; the last change wins. While claims are loading, the
 * fields do not belong together.
 */
function keepView(
  { fields, view, busy }: Pick<Playground, 'fields' | 'view' | 'busy'>,
  loading: ShallowRef<boolean>,
): void {
  let latest = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const show = (given: Fields, made: View): void => {
    view.value = made
    busy.value = false
    // The platform of an issuer that a table has is no choice.
    if (made.pasted.claims !== undefined) fields.provider = made.provider.id
    // Browsers limit how often a page may change its address.
    clearTimeout(timer)
    timer = setTimeout(() => {
      history.replaceState(history.state, '', writeState(stateOf(given, made.pasted.claims)))
    }, 500)
  }
  watch(
    () => ({ given: { ...fields }, isLoading: loading.value }),
    async ({ given, isLoading }) => {
      const turn = ++latest
      busy.value = true
      if (isLoading) return
      const made = await evaluate(given)
      if (turn === latest) show(given, made)
      // Loaded early, so that no request follows what somebody writes.
      void import('./read-document.ts')
    },
    { immediate: true },
  )
  onBeforeUnmount(() => {
    latest++
    clearTimeout(timer)
  })
}
