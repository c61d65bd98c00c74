import type { Migration, MigrationConnection } from './migration.ts'

/** Where the statements of an `up` that was made from text are kept; a copy of the migration with another `up` has none. */
const ownStatements = Symbol.for('migration-proof statements')

/** An `up` that runs these statements, and nothing else. */
export function upOf(statements: readonly string[]): Migration['up'] {
  const up = (connection: MigrationConnection) => {
    for (const statement of statements) connection.exec(statement)
  }
  return Object.defineProperty(up, ownStatements, { value: statements })
}

const literal = String.raw`(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\`(?:[^\`\\$]|\\[\s\S]|\$(?!\{))*\`)`
const calls = (callee: string) => String.raw`\s*(?:${callee}\(\s*${literal}\s*,?\s*\)\s*[;,]?\s*)+`
const name = String.raw`[A-Za-z_$][\w$]*`

/** A function that passes texts to `exec`, and does nothing else, in the forms in which people write it. */
const onlyTexts = [
  [String.raw`\(?\s*(?<database>${name})\s*\)?\s*=>`, String.raw`\k<database>\.exec`],
  [String.raw`\(\s*\{\s*exec\s*\}\s*\)\s*=>`, 'exec'],
].flatMap(([head = '', callee = '']) => [
  new RegExp(`^${head}${calls(callee)}$`),
  new RegExp(`^${head}\\s*\\{${calls(callee)}\\}$`),
])
const methods = [
  [String.raw`\(\s*(?<database>${name})\s*\)`, String.raw`\k<database>\.exec`],
  [String.raw`\(\s*\{\s*exec\s*\}\s*\)`, 'exec'],
].map(
  ([head = '', callee = '']) =>
    new RegExp(String.raw`^(?:function\s*)?(?:${name})?\s*${head}\s*\{${calls(callee)}\}$`),
)

/**
 * The text that says all that a migration does; null where it is code that may do anything.
 *
 * @returns for a function, its source: it passes texts to `exec` alone
 */
export function sqlOf({ up }: Pick<Migration, 'up'>): string | null {
  const statements: unknown = Reflect.get(up, ownStatements)
  if (Array.isArray(statements)) return JSON.stringify(statements)
  const source = Function.prototype.toString.call(up)
  return [...onlyTexts, ...methods].some((form) => form.test(source)) ? source : null
}
