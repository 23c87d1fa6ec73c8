import { runs } from '../runs.ts'

export const loader = (): number => runs.push('loader of the page')
export const action = (): number => runs.push('action of the page')

export default function Page() {
  runs.push('page')
  return 'A page'
}
