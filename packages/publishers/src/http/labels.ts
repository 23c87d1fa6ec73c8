/** Names of fields for people. */

const labels: Readonly<Record<string, string>> = {
  project: 'Project',
  account: 'Account',
  accounts: 'Number of accounts that name this repository',
  issuer: 'CI system',
  repository: 'Repository',
  ownerId: 'Owner id',
  repositoryId: 'Repository id',
  workflowFile: 'Workflow file',
  environment: 'Environment',
  environmentProtected: 'Protection of the environment',
  event: 'Event',
  expiresAt: 'End of the pending publisher',
  scopes: 'Scopes of the token',
}

/** The name of a field for people; a field without one keeps its own. */
export const labelOf = (field: string): string => (Object.hasOwn(labels, field) ? (labels[field] ?? field) : field)
