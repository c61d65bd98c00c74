import type { Diagnosis } from '../errors.ts'
import { DiagnosedError } from '../errors.ts'
import { suggest } from '../suggest.ts'

/** Thrown when migrations are not numbered 1, 2, 3 and so on, or one is not of the form that it must have. */
export class MigrationPlanError extends DiagnosedError {
  override readonly name = 'MigrationPlanError'
}

/** What a field must be, in words, and whether it is. */
interface Rule {
  readonly expected: string
  readonly isOptional: boolean
  readonly accepts: (value: unknown) => boolean
  /** The words that it may be. A text that is none of them is shown: it is no value of the project. */
  readonly words?: readonly string[]
}

export type Rules = Readonly<Record<string, Rule>>

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText)
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function must(expected: string, accepts: Rule['accepts']): Rule {
  return { expected, isOptional: false, accepts }
}

export function may(expected: string, accepts: Rule['accepts'], words?: readonly string[]): Rule {
  return { expected, isOptional: true, accepts, ...(words && { words }) }
}

/** One of a few words, where the field is given. */
export function mayBe(words: readonly string[]): Rule {
  const expected = words.length === 1 ? `'${words[0]}', or nothing` : `one of ${words.join(', ')}`
  return may(expected, (value) => isText(value) && words.includes(value), words)
}

function isObjectOfTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isText)
}

/** What may be declared of a migration, beside it or by its id. */
export const declarationRules: Rules = {
  dataChanges: may('an array', Array.isArray),
  foreignKeys: mayBe(['off']),
  rollback: mayBe(['possible']),
}

const migrationRules: Rules = {
  version: must('a number', (value) => typeof value === 'number'),
  name: must('a string', isText),
  up: must('a function', (value) => typeof value === 'function'),
  id: may('a string', isText),
  sql: may('a string', isText),
  file: may('a string', isText),
  checksum: may('an object of strings', isObjectOfTexts),
  transaction: mayBe(['none']),
  adopts: may('an array', Array.isArray),
  ...declarationRules,
}

/** A text with a letter or a digit: `…` stands for what a person has still to write. */
export const isWritten = (value: unknown) => isText(value) && /[\p{L}\p{N}]/u.test(value)

const dataChangeRules: Rules = {
  table: must('a string', isText),
  reason: must('a reason, which a person writes', isWritten),
  columns: may(
    'an array of strings, or an object of them',
    (value) => isTexts(value) || isObjectOfTexts(value),
  ),
  rowsRemoved: may('a string', isText),
  examples: may('an array', Array.isArray),
  renamedTo: may('a string', isText),
  renamedColumns: may('an object of strings', isObjectOfTexts),
  rowsAdded: may('true, or nothing', (value) => value === true),
  idsReused: may('true, or nothing', (value) => value === true),
}

const exampleRules: Rules = {
  before: must('an object', isObject),
  after: may('an object, or null', (value) => value === null || isObject(value)),
  intoTable: may('a string', isText),
  error: may('a part of the error, or nothing', (value) => isText(value) && value !== ''),
}

/**
 * Checks the forms of migrations that came from code without types: a mistake in one would show only in the middle of
 * an upgrade.
 *
 * @throws {MigrationPlanError} that names the field, such as `migrations[1].dataChanges[0]`
 */
export function checkMigrations(migrations: unknown): void {
  if (!Array.isArray(migrations)) throw new MigrationPlanError(wrong('migrations', 'an array', migrations))
  for (const [index, migration] of migrations.entries()) {
    const where = `migrations[${index}]`
    checkDataChanges(checkFields(migration, where, migrationRules).dataChanges, where)
  }
}

/**
 * Checks the forms of declared changes of rows.
 *
 * @param where the path of what declares them, such as `migrations[1]`
 */
export function checkDataChanges(dataChanges: unknown, where: string, errorOf = planError): void {
  if (!Array.isArray(dataChanges)) return
  for (const [position, change] of dataChanges.entries()) {
    const path = `${where}.dataChanges[${position}]`
    const { examples = [] } = checkFields(change, path, dataChangeRules, errorOf)
    if (!Array.isArray(examples)) continue
    for (const [number, example] of examples.entries())
      checkExample(example, `${path}.examples[${number}]`, errorOf)
  }
}

function checkExample(value: unknown, where: string, errorOf: typeof planError): void {
  const { after, error } = checkFields(value, where, exampleRules, errorOf)
  if ((after === undefined) !== (error === undefined)) return
  const actual = error === undefined ? 'neither' : 'both'
  throw errorOf({
    where,
    expected: 'either `after` or `error`',
    actual,
    fix: 'write one of them',
  })
}

function planError(diagnosis: Diagnosis): Error {
  return new MigrationPlanError(diagnosis)
}

/**
 * Checks that an object has the fields that it must have, each of its form, and no other.
 *
 * @param where its path, such as `waivers[2]`
 */
export function checkFields(
  value: unknown,
  where: string,
  rules: Rules,
  errorOf = planError,
): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw errorOf(wrong(where, 'an object', value))
  const names = Object.keys(rules)
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) throw errorOf(unknownKey(where, unknown, names))
  for (const [name, { expected, isOptional, accepts, words = [] }] of Object.entries(rules)) {
    const field = value[name]
    if (isOptional && field === undefined) continue
    if (accepts(field)) continue
    const diagnosis = wrong(`${where}.${name}`, expected, field)
    throw errorOf(
      isText(field) && field !== '' && words.length > 0 ? wrongWord(diagnosis, field, words) : diagnosis,
    )
  }
  return value
}

function unknownKey(where: string, name: string, names: readonly string[]): Diagnosis {
  const nearest = suggest(name, names)
  const expected = `only the keys ${names.join(', ')}`
  const fix = nearest === null ? 'remove it' : `did you mean \`${nearest}\`?`
  return { where, expected, actual: `unknown key \`${name}\``, fix }
}

function wrong(where: string, expected: string, value: unknown): Diagnosis {
  return { where, expected, actual: describe(value), fix: 'correct it' }
}

function wrongWord(diagnosis: Diagnosis, word: string, words: readonly string[]): Diagnosis {
  const nearest = suggest(word.toLowerCase(), words)
  const fix = nearest === null ? diagnosis.fix : `did you mean '${nearest}'?`
  return { ...diagnosis, actual: `'${word}'`, fix }
}

/** By its kind: a suite may hold what is not to be shown. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (value === '') return 'an empty string'
  if (value === '…') return "'…', which stands for it"
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
