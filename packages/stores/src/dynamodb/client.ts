/** The calls that the store makes, and the errors that say what to do. */

/** A value of an item: text, or a number as decimal text. */
export type DynamoValue = Readonly<Record<'S', string>> | Readonly<Record<'N', string>>

/** An item: values by the names of their attributes. */
export type DynamoItem = Record<string, DynamoValue>

/**
 * A `DynamoDB` of `@aws-sdk/client-dynamodb` 3, or its two methods on another client:
 * `{ putItem: (input, call) => client.send(new PutItemCommand(input), call), getItem: … }`.
 */
export interface DynamoClient {
  /** `PutItem` (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html). */
  putItem(
    input: {
      TableName: string
      Item: DynamoItem
      ConditionExpression: string
      ExpressionAttributeNames: Record<string, string>
      ExpressionAttributeValues: DynamoItem
    },
    call: { abortSignal: AbortSignal },
  ): Promise<unknown>
  /** `GetItem` (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html). */
  getItem(
    input: { TableName: string; Key: DynamoItem; ConsistentRead: true },
    call: { abortSignal: AbortSignal },
  ): Promise<{
    /** The item, if there is one. */
    readonly Item?: Readonly<Record<string, unknown>> | undefined
  }>
}

/** Whether a condition was not met. */
export const isConditionFailure = (failure: unknown): boolean =>
  (failure as Error).name === 'ConditionalCheckFailedException'

/** The failure, or an error that says what the administrator must change. */
export function explained(failure: unknown, table: string): unknown {
  const { name } = failure as Error
  const create = `aws dynamodb create-table --table-name ${table} --attribute-definitions AttributeName=key,AttributeType=S --key-schema AttributeName=key,KeyType=HASH --billing-mode PAY_PER_REQUEST`
  const advice: Readonly<Record<string, string>> = {
    ResourceNotFoundException: `The table of the replay store is missing in this account and region. Run: ${create}`,
    ValidationException: `The table ${table} has another key than the text 'key'. Choose another table, and run: ${create}`,
    AccessDeniedException: `The role may not use the table ${table}: allow dynamodb:PutItem and dynamodb:GetItem on it`,
  }
  return advice[name] === undefined ? failure : new Error(advice[name], { cause: failure })
}
