import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Ajv from 'ajv'
import addFormats from 'ajv-formats'

/** The schema that OASIS published, as the package carries it: an old draft, which knows a few formats more. */
const file = createRequire(import.meta.url).resolve(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
)
const ajv = new Ajv.default({ strict: false, unicodeRegExp: false })
addFormats.default(ajv)
const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(file, 'utf8'))
const isValid = ajv.compile(schema)

/** Whether a value is valid SARIF 2.1.0. */
export function isSarif(value: unknown): boolean {
  return isValid(value)
}

/** What of a value is not valid SARIF 2.1.0; empty where all is. */
export function sarifErrors(value: unknown): string {
  return isValid(value) ? '' : ajv.errorsText(isValid.errors)
}
