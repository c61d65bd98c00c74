import { facet, follow, like, post, profile, recordLexicon, strongRef } from '../lexicons.mjs'
import { mingle, writePost, writeProfile } from '../people.mjs'
import { createWorld } from '../world.mjs'

const entryName = 'com.example.journal.entry'

const entry = recordLexicon(entryName, 'One entry of a public journal.', {
  required: ['title', 'body', 'createdAt'],
  properties: {
    title: { type: 'string', minLength: 1, maxGraphemes: 120 },
    body: { type: 'string', maxLength: 40000, description: 'Plain text; an empty body is a draft.' },
    mood: { type: 'string', knownValues: ['calm', 'busy', 'tired'] },
    inReplyTo: { type: 'ref', ref: 'com.atproto.repo.strongRef' },
    wordCount: { type: 'integer', minimum: 0 },
    createdAt: { type: 'string', format: 'datetime' },
  },
})

const harbour = [
  'The ferry left before the fog did, so we stood on deck and listened to the harbour instead of looking at it.',
  'My grandmother kept every ticket in a biscuit tin; the oldest has a price in a currency that nobody prints any more.',
  '日が暮れると、港の灯りがひとつずつ増えていく。',
  'كان البحّار العجوز يقول إن الريح لا تُسأل عن اسمها.',
  'הרוח הגיעה מן הים, והביאה איתה ריח של מלח ולחם.',
  "She wrote 'tomorrow' on the calendar and drew a small boat beside it; I never asked why.",
  'Na volta, o vento mudou, e a vela bateu três vezes antes de pegar.',
  'Nothing was lost but an umbrella, and the umbrella had never been ours.',
]

/** Four days in the life of the first build: a reading circle in many scripts, no logins kept yet. */
export function draft() {
  const world = createWorld({
    name: 'v0-first-release',
    headline:
      'A server built on 2025-10-28 and never updated: a reading circle, four days of rows, no version table.',
    startedAt: '2025-10-28T15:04:11Z',
    pace: 7,
  })
  for (const document of [strongRef, facet, post, like, follow, profile]) world.lexicon(document)
  world.lexicon(entry, { compact: true })

  const amina = world.person('amina.reads.example.com')
  const noam = world.person('noam.example.org')
  const kenji = world.person('kenji.example.com')
  const beatriz = world.person('beatriz.example.net')
  const library = world.person('library.example.org', { did: 'did:web:library.example.org' })
  const silent = world.person(null)
  world.person('handle.invalid')
  world.person('')
  world.person('mallory\0.example.com')
  world.person('xn--mller-kva.example.com', { indexedAt: '2025-10-28T16:20:45.118Z' })

  writeProfile(world, amina, 'أمينة', 'أقرأ في الحافلة. كتب، قهوة، ومطر.', { avatar: true })
  writeProfile(world, noam, 'נועם', 'ספרן. קורא לאט.')
  writeProfile(world, kenji, '健二 📚', '毎朝、一冊の一章。', { avatar: true })
  writeProfile(world, silent, '', '')

  const posts = [
    writePost(world, amina, 'بدأتُ رواية جديدة اليوم، وأول سطر فيها سؤال. #كتب', 'ar', { tag: 'كتب' }),
    writePost(world, noam, 'מישהו קרא את זה עד הסוף? אני תקוע בפרק שבע 😅', 'he'),
    writePost(world, kenji, '雨の日は図書館が一番静か。', 'ja'),
    writePost(world, beatriz, 'Clube de leitura na sexta: tragam bolo e opiniões. 👩‍👧‍👦🏳️‍🌈', 'pt-BR'),
    writePost(
      world,
      library,
      "We close at 6 pm; Robert'); DROP TABLE record;-- is still on the overdue list.",
      'en',
    ),
    writePost(world, beatriz, 'Café or Café? One of them has a combining accent; can you tell which?', 'en'),
    writePost(world, silent, '', 'en'),
  ]
  const [first] = posts
  posts.push(
    writePost(world, noam, 'שאלה טובה! מה התשובה?', 'he', { reply: { root: first, parent: first } }),
    writePost(world, kenji, 'Good morning @amina.reads.example.com, which page are you on?', 'en', {
      mention: amina,
    }),
  )
  mingle(world, [amina, noam, kenji, beatriz, library], posts, { likes: 9, follows: 7 })

  const long = Array.from({ length: 52 }, () => world.random.pick(harbour)).join('\n\n')
  const start = world.write(beatriz, entryName, {
    title: 'O porto',
    body: long,
    mood: 'calm',
    wordCount: 812,
    createdAt: undefined,
  })
  world.write(amina, entryName, {
    title: 'الميناء',
    body: harbour[3],
    inReplyTo: start,
    createdAt: undefined,
  })
  world.write(noam, entryName, { title: '…', body: '', wordCount: 0, createdAt: undefined })
  const oldDay = '2023-04-18T06:45:00.250Z'
  world.write(
    library,
    entryName,
    { title: 'Opening day', body: harbour[1], createdAt: oldDay },
    world.tidAt(oldDay),
  )

  oddities(world, { kenji, library })
  return world.finish()
}

/** What a table that is not STRICT took from people's own scripts. */
function oddities(world, { kenji, library }) {
  const loadedFromFile = world.rowsOf('lexicon').find((row) => row.id === 'app.bsky.graph.follow')
  loadedFromFile.json = Buffer.from(loadedFromFile.json)
  const boundAsBytes = world.rowsOf('actor').find((row) => row.did === library.did)
  boundAsBytes.handle = Buffer.from(boundAsBytes.handle)
  const profileOfKenji = world.rowsOf('record').find((row) => row.did === kenji.did)
  profileOfKenji.indexed_at = ''
}
