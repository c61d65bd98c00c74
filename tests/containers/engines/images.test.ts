/** Goal: the tag of an image changes with all that it is made of and with nothing else, and a bad list is reported. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listImages } from './images.ts'

const list = {
  repository: 'test',
  images: [{ name: 'one', holds: 'one thing', recipe: ['make.sh', 'a'], inputs: ['library.sh', 'built'] }],
}
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'images-'))
  mkdirSync(join(folder, 'built'))
  write('images.json', JSON.stringify(list))
  write('make.sh', '#!/bin/sh\n')
  write('library.sh', 'say() { echo; }\n')
  write('built/index.js', 'export {}\n')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('listImages', () => {
  it('says what is in an image and how it is made', () => {
    expect(listImages(folder)).toEqual([
      {
        name: 'one',
        holds: 'one thing',
        repository: 'test/one',
        tag: expect.stringMatching(/^test\/one:[0-9a-f]{12}$/),
        recipe: [join(folder, 'make.sh'), 'a'],
        isOptional: false,
        isLocal: false,
      },
    ])
  })

  it.for<readonly [string, string, string]>([
    ['the recipe', 'make.sh', '#!/bin/sh\nexit\n'],
    ['an input', 'library.sh', ''],
    ['a file in a folder', 'built/index.js', 'export default 1\n'],
    ['a new file in a folder', 'built/more.js', ''],
    ['its arguments', 'images.json', JSON.stringify(list).replace('"a"', '"b"')],
  ])('gives another tag for another content of %s', ([, file, content]) => {
    const before = tag()
    write(file, content)
    expect(tag()).not.toBe(before)
  })

  it.for<readonly [string, string, string]>([
    ['what a person reads', 'images.json', JSON.stringify(list).replace('one thing', 'a thing')],
    ['a source map', 'built/index.js.map', '{}'],
    ['types', 'built/index.d.ts', ''],
    ['a file that it is not made of', 'other.sh', ''],
  ])('keeps the tag whatever is in %s', ([, file, content]) => {
    const before = tag()
    write(file, content)
    expect(tag()).toBe(before)
  })

  it.for<readonly [string, string]>([
    ['no list', '{'],
    ['no images', '{ "repository": "test" }'],
    [
      'an image without a recipe',
      '{ "repository": "test", "images": [{ "name": "one", "holds": "", "inputs": [] }] }',
    ],
    [
      'an empty recipe',
      '{ "repository": "test", "images": [{ "name": "one", "holds": "", "recipe": [], "inputs": [] }] }',
    ],
  ])('refuses %s', ([, content]) => {
    write('images.json', content)
    expect(() => listImages(folder)).toThrow(expect.objectContaining({ name: 'ImageListError' }))
  })
})

function tag(): string | undefined {
  return listImages(folder)[0]?.tag
}

function write(file: string, content: string) {
  writeFileSync(join(folder, file), content)
}
