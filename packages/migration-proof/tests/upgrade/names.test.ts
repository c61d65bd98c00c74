// Goal: a database whose name leaves no room for the names that are made of it, or that would be taken for another file, is
// refused at the start, with all as it was. What is upgraded can be restored.
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/cli/errors.ts'
import { openDatabaseFile } from '../../src/index.ts'
import { previewUpgrade } from '../../src/upgrade/preview.ts'
import { restoreFile } from '../../src/upgrade/restore-file.ts'
import { rehearseUpgrade, runUpgrade } from '../../src/upgrade/run-upgrade.ts'
import { makeFolder, makeShop, makeUnfinished, shopWith } from './shop.ts'

const folder = makeFolder()
const image = join(folder.path, 'image.db')
const place = join(folder.path, 'place')
const rehearsals = join(folder.path, 'rehearsals')
const suite = shopWith('CREATE INDEX item_name ON item (name)')
const observer = { report: () => {}, isCancelled: () => false }
makeShop(image)
afterAll(folder.remove)
beforeEach(() => {
  for (const each of [place, rehearsals]) {
    rmSync(each, { recursive: true, force: true })
    mkdirSync(each)
  }
})

async function upgrade(file: string) {
  const preview = previewUpgrade(file, { plan: suite.plan, backupFolder: place, rehearsalFolder: null })
  const request = { suite, backupFolder: place, madeAt: new Date(0) } as const
  return runUpgrade(preview, { ...request, busyTimeoutMilliseconds: 10 }, observer)
}

async function rehearse(file: string) {
  const options = { plan: suite.plan, backupFolder: place, rehearsalFolder: rehearsals }
  const request = { suite, backupFolder: place, madeAt: new Date(0) } as const
  return rehearseUpgrade(previewUpgrade(file, options), rehearsals, request, observer)
}

function restore(path: string, backup: string) {
  return restoreFile({ path, backup, subject: suite, madeAt: new Date(0), report: () => {} })
}

/** What the work throws; null for nothing. */
async function errorOf(work: () => Promise<unknown>): Promise<Error | null> {
  try {
    await work()
    return null
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

it('of bytes that are no UTF-8 is named as such, and not as a missing file', async () => {
  const given = Buffer.concat([Buffer.from(`${place}/caf`), Buffer.from([0xe9]), Buffer.from('.db')])
  writeFileSync(given, readFileSync(image))
  const path = given.toString()
  const says = /caf\uFFFD\.db: expected a path in UTF-8, /
  await expectRefusal(() => upgrade(path), says)
  await expectRefusal(() => rehearse(path), says)
  await expectRefusal(() => restore(path, image), says)
  await expectRefusal(() => restore(join(place, 'new.db'), path), says)
  expect(() => openDatabaseFile(path)).toThrow(says)
  const proper = join(place, '\uFFFD.db')
  copyFileSync(image, proper)
  expect(await upgrade(proper)).toMatchObject({ to: 2 })
})

it('of links that lead to each other is named as such', async () => {
  symlinkSync('second.db', join(place, 'first.db'))
  symlinkSync('first.db', join(place, 'second.db'))
  const error = await errorOf(() => upgrade(join(place, 'first.db')))
  expect(error).toMatchObject({ reason: 'symbolic-link' })
  expect(error?.message).toContain('found a symbolic link that leads back to itself; correct the links')
})

async function expectRefusal(work: () => Promise<unknown>, says: RegExp) {
  const before = readdirSync(place).sort()
  const error = await errorOf(work)
  expect(error).toMatchObject({ name: 'DatabaseOpenError', reason: 'name' })
  expect(error?.message).toMatch(says)
  expect(exitCodeOf(error)).toBe(2)
  expect(readdirSync(place).sort()).toEqual(before)
}

describe('a name of', () => {
  it.for([180, 205, 206, 218, 225, 228, 235, 240, 247, 255])('%i bytes', async (length) => {
    const file = join(place, 'n'.repeat(length))
    copyFileSync(image, file)
    if (length > 205) {
      await expectRefusal(
        () => upgrade(file),
        /found a name too long: with what is added to it, [^;]+; give the file a shorter name/,
      )
      await expectRefusal(() => rehearse(file), /name too long/)
      expect(readdirSync(rehearsals)).toEqual([])
      return
    }
    expect(await errorOf(() => rehearse(file))).toBeNull()
    rmSync(file)
    makeUnfinished(image, file, 'journal')
    expect(await errorOf(() => rehearse(file))).toBeNull()
    const report = await upgrade(file)
    const backup = report?.backup ?? ''
    expect((await restore(file, backup)).contents.version).toBe(1)
    expect(readFileSync(file)).toEqual(readFileSync(backup))
  })

  it.for([200, 217, 219, 247, 255])('%i bytes of a file to restore', async (length) => {
    const file = join(place, 'n'.repeat(length))
    copyFileSync(image, file)
    if (length > 218) return expectRefusal(() => restore(file, image), /name too long/)
    expect(await errorOf(() => restore(file, image))).toBeNull()
  })

  it.for([240, 247, 248, 255])('%i bytes of a backup', async (length) => {
    const backup = join(place, 'n'.repeat(length))
    copyFileSync(image, backup)
    expect(await errorOf(() => restore(join(place, 'shop.db'), backup))).toBeNull()
  })
})

describe.for(['shop.db ', 'shop.db\n', 'shop.db\u00a0', ' '])('the name %j', (name) => {
  beforeEach(() => {
    copyFileSync(image, join(place, name))
    copyFileSync(image, join(place, 'shop.db'))
  })

  it('is refused, and no other file is taken for it', async () => {
    const says = /expected a file name that does not end in white space, found one that does/
    await expectRefusal(() => upgrade(join(place, name)), says)
    await expectRefusal(() => rehearse(join(place, name)), says)
    await expectRefusal(() => restore(join(place, name), image), says)
    await expectRefusal(() => restore(join(place, 'shop.db'), join(place, name)), says)
    expect(readFileSync(join(place, 'shop.db'))).toEqual(readFileSync(image))
  })
})

it('refuses a link from whichever function is called', async () => {
  copyFileSync(image, join(place, 'shop.db'))
  symlinkSync('shop.db', join(place, 'link'))
  expect(await errorOf(() => upgrade(join(place, 'link')))).toMatchObject({ reason: 'symbolic-link' })
  expect(await errorOf(() => rehearse(join(place, 'link')))).toMatchObject({ reason: 'symbolic-link' })
})
