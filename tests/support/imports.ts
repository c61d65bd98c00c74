import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'vite'

/** The folder of the project. */
export const projectFolder = fileURLToPath(new URL('../..', import.meta.url))

/** One file that imports another file of the project, types included. Paths from the project's folder. */
export interface Import {
  readonly from: string
  readonly to: string
}

/** Every import between files of the project, under the given folders. */
export function readImports(...folders: readonly string[]): Import[] {
  return folders.flatMap(listTypeScript).flatMap((from) =>
    specifiersOf(from)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => ({ from, to: posix.join(posix.dirname(from), specifier) })),
  )
}

/** Every TypeScript file of a folder, with paths from the project's folder. */
export function listTypeScript(folder: string): string[] {
  return readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => `${folder}/${path.split(sep).join('/')}`)
    .sort()
}

/** The text of a file without its doc comments, in which examples stand. */
export function readCode(file: string): string {
  return readFileSync(join(projectFolder, file), 'utf8').replaceAll(/^ *\/\*\*[\s\S]*?\*\/$/gm, '')
}

/** What a file imports or exports from elsewhere, in whatever way, each once. */
function specifiersOf(file: string): string[] {
  const text = readFileSync(join(projectFolder, file), 'utf8')
  const parsed = parseSync(file, text)
  const [error] = parsed.errors
  if (error !== undefined) throw new Error(`${file}: expected TypeScript, found '${error.message}'.`)
  const { staticImports, staticExports } = parsed.module
  const requests = [...staticImports, ...staticExports.flatMap(({ entries }) => entries)].flatMap(
    ({ moduleRequest }) => moduleRequest?.value ?? [],
  )
  // The parser lists what statements import; the tree, which takes as long as all the rest, is built for calls alone.
  const called = text.includes('import(') ? calledSpecifiers(parsed.program) : []
  return [...new Set([...requests, ...called])]
}

/** What `import(…)` names, as an expression or as a type. */
function calledSpecifiers(program: ReturnType<typeof parseSync>['program']): string[] {
  const found: string[] = []
  const add = (node: { readonly source: unknown }) => {
    if (isText(node.source)) found.push(node.source.value)
  }
  new Visitor({ ImportExpression: add, TSImportType: add }).visit(program)
  return found
}

function isText(node: unknown): node is { readonly value: string } {
  return typeof node === 'object' && node !== null && 'value' in node && typeof node.value === 'string'
}

/** A chain of files that import each other and leads back to its start; empty where there is none. */
export function findCircle(imports: readonly Import[]): string[] {
  const done = new Set<string>()
  const search = (file: string, path: readonly string[]): string[] => {
    const start = path.indexOf(file)
    if (start !== -1) return [...path.slice(start), file]
    if (done.has(file)) return []
    for (const { to } of imports.filter(({ from }) => from === file)) {
      const circle = search(to, [...path, file])
      if (circle.length > 0) return circle
    }
    done.add(file)
    return []
  }
  for (const file of new Set(imports.map(({ from }) => from))) {
    const circle = search(file, [])
    if (circle.length > 0) return circle
  }
  return []
}
