import { listTypeScript, readCode } from './imports.ts'

/** What opens a file, and so closes it again: as named exports of `node:fs` and `node:fs/promises`. */
const opening =
  /^(?:(?:read|write|append|copy|truncate)File(?:Sync)?|open(?:Sync|AsBlob)?|cp(?:Sync)?|create(?:Read|Write)Stream|truncate(?:Sync)?)$/

/** The files under folders that can open a file by themselves, without SQLite, and by which functions. */
export function findFileOpeners(...folders: readonly string[]): Map<string, string[]> {
  const found = folders.flatMap(listTypeScript).map((file) => [file, openersOf(file)] as const)
  return new Map(found.filter(([, openers]) => openers.length > 0))
}

function openersOf(file: string): string[] {
  const text = readCode(file)
  return [
    ...[
      ...text.matchAll(/import\s+(?:type\s+)?(\{[^}]*\}|[^'{]*?)\s+from\s+'(?:node:)?fs(?:\/promises)?'/g),
    ].flatMap(([, names = '']) => namesOf(names)),
    // Whatever such a call is used for.
    ...[
      ...text.matchAll(/(?:require|import|getBuiltinModule)\(\s*['"](?:node:)?fs(?:\/promises)?['"]\s*\)/g),
    ].map(([call]) => call),
  ]
}

/** The functions that open files among the names of an import; a whole module has all of them. */
function namesOf(names: string): string[] {
  if (!names.startsWith('{')) return [names]
  return names
    .slice(1, -1)
    .split(',')
    .map((name) => name.trim().split(/\s+as\s+/)[0] ?? '')
    .filter((name) => opening.test(name) || name === 'promises' || name === 'default')
}
