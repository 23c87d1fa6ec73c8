import { createElement } from 'react'
import type { ReactElement } from 'react'

/** A Server Action has no `Request`, so no guard checks its caller. */
async function deploy(): Promise<void> {
  'use server'
  console.log('deploying by an action')
}

const Page = (): ReactElement => createElement('form', { action: deploy }, createElement('button', null, 'Deploy'))

export default Page
