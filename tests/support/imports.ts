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

/** What a file imports or exports from elsewhere, in whatever way, each once. */
function specifiersOf(file: string): string[] {
  const { program, errors } = parseSync(file, readFileSync(join(projectFolder, file), 'utf8'))
  if (errors.length > 0) throw new Error(`${file}: expected TypeScript, found '${errors[0]?.message}'.`)
  const found = new Set<string>()
  const add = (node: { readonly source: unknown }) => {
    if (isText(node.source)) found.add(node.source.value)
  }
  new Visitor({
    ImportDeclaration: add,
    ExportNamedDeclaration: add,
    ExportAllDeclaration: add,
    ImportExpression: add,
    TSImportType: add,
  }).visit(program)
  return [...found]
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
