import { openActivity } from '../activity.mjs'
import { facet, follow, like, post, profile, recordLexicon, strongRef } from '../lexicons.mjs'
import { mingle, postOf, writePost, writeProfile } from '../people.mjs'
import { createWorld } from '../world.mjs'

const listenName = 'net.example.music.listen'
const playlistName = 'net.example.music.playlist'

const listen = recordLexicon(listenName, 'Somebody heard a piece of music.', {
  required: ['track', 'createdAt'],
  properties: {
    track: { type: 'string', minLength: 1, maxGraphemes: 256 },
    artists: { type: 'array', maxLength: 20, items: { type: 'string', maxGraphemes: 256 } },
    seconds: { type: 'integer', minimum: 1 },
    service: { type: 'string', format: 'uri' },
    createdAt: { type: 'string', format: 'datetime' },
  },
})

const playlist = recordLexicon(playlistName, 'Listens in an order.', {
  key: 'any',
  required: ['name', 'items'],
  properties: {
    name: { type: 'string', maxGraphemes: 100 },
    items: { type: 'array', maxLength: 200, items: { type: 'string', format: 'at-uri' } },
    cover: { type: 'blob', accept: ['image/*'], maxSize: 1000000 },
    createdAt: { type: 'string', format: 'datetime' },
  },
})

const tracks = [
  ['Koto in the rain', ['さくら合奏団']],
  ['ليل طويل', ['فرقة الميناء', 'ضيف']],
  ['שיר לכת', []],
  ['Nocturne nº 3', ['Élise D.', 'Bjørn Ø.']],
  ['გამარჯობა', ['ანსამბლი']],
  ['🎷🐛 (live)', ['']],
]

/** From the unversioned days to a build of 2025-11-18, by every step: a music diary. */
export function draft() {
  const world = createWorld({
    name: 'v5',
    headline:
      'Begun before versions were kept, then every step up to a development build of 2025-11-18: a music diary.',
    startedAt: '2025-11-04T17:20:30Z',
  })
  world.history([
    [1n, '2025-11-05 20:00:01'],
    [2n, '2025-11-06 09:41:33'],
    [3n, '2025-11-08 18:22:07'],
    [4n, '2025-11-09 12:05:59'],
    [5n, '2025-11-14 07:48:12'],
  ])
  for (const document of [strongRef, facet, post, like, follow, profile, listen, playlist])
    world.lexicon(document)

  const nino = world.person('nino.example.com')
  const sakura = world.person('sakura.example.org')
  const ziad = world.person('ziad.example.net')
  const elise = world.person('elise.music.example.com')
  const radio = world.person('radio.example.org', { did: 'did:web:radio.example.org' })
  const gone = world.person(null)
  world.person('')

  writeProfile(world, nino, 'ნინო', 'ვუსმენ და ვწერ.', { avatar: true })
  writeProfile(world, sakura, 'さくら 🎻👩🏻‍🎤', '')
  writeProfile(world, radio, 'Radio', 'On air: always; on time: rarely.', { avatar: true, createdAt: false })

  const posts = [
    writePost(world, nino, 'დღეს მხოლოდ ძველი ჩანაწერები 🎶', 'ka'),
    writePost(world, sakura, '新しい弦に替えた。音が明るい。', 'ja'),
    writePost(world, ziad, 'العود قبل النوم، والنوم بعد العود. #عود', 'ar', { tag: 'عود' }),
    writePost(world, elise, 'Répétition générale demain ; apportez des bouchons.', 'fr'),
  ]
  posts.push(writePost(world, radio, 'Which strings?', 'en', { reply: { root: posts[1], parent: posts[1] } }))
  mingle(world, [nino, sakura, ziad, elise, radio, gone], posts, { likes: 6, follows: 5 })
  const heard = tracks.map(([track, artists], index) =>
    world.write([nino, sakura, ziad, elise, radio, ziad][index], listenName, {
      track,
      artists,
      seconds: world.random.int(90, 700),
      createdAt: undefined,
    }),
  )
  const items = Array.from({ length: 52 }, () => world.random.pick(heard).uri)
  world.write(
    radio,
    playlistName,
    { name: 'ليلة / לילה / 夜', items, cover: world.blob('image/png'), createdAt: undefined },
    'night',
  )
  world.write(nino, playlistName, { name: '', items: [] }, 'empty')

  logins(world, { nino, sakura, ziad, elise })
  world.pass(172_800, 176_400)
  world.config('domain_authority', 'net.example')
  world.config('oauth_client_id', `client-${world.random.token(12)}`)
  world.config('theme\0', 'dark')
  world.config('motto', '')
  world.config('languages', '["ka","ar","ja","fr"]')
  world.pass(950_000, 954_000)
  events(world, { nino, sakura, ziad, elise, radio })
  world.insert('jetstream_cursor', {
    id: 1n,
    cursor: world.microsNow() * 1000n + 1n,
    updated_at: world.sqlNow(),
  })
  return world.finish()
}

function logins(world, { nino, sakura, ziad, elise }) {
  world.session(nino, { expires_at: world.secondsNow() - 1_209_600n })
  world.session(sakura, { refresh_token: null })
  world.session(ziad, { expires_at: null })
  world.session(elise, { expires_at: world.secondsNow() + 7_776_000n })
  world.session(nino, { refresh_token: null, expires_at: null, created_at: 0n })
  world.session(sakura, { expires_at: '2025-12-01T00:00:00Z' })
  world.session(ziad, { created_at: 1_763_000_000.125, refresh_token: '' })
  world.state('nino.example.com')
  world.state(elise.did)
  world.state('')
}

function events(world, { nino, sakura, ziad, elise, radio }) {
  const activity = openActivity(world, 90_417n)
  const listenTo = (index, extra = {}) => {
    const [track, artists] = tracks[index]
    return { track, artists, ...extra, createdAt: undefined }
  }
  activity.kept(nino, listenName, listenTo(4, { seconds: 214, service: 'https://music.example.com/t/4' }))
  const note = activity.kept(elise, 'app.bsky.feed.post', postOf('Salle comble 🎺', 'fr'))
  activity.kept(ziad, 'app.bsky.feed.like', {
    subject: { uri: note.uri, cid: note.cid },
    createdAt: undefined,
  })
  activity.refused(
    radio,
    'create',
    listenName,
    { track: '', createdAt: undefined },
    'validation_error',
    'track: empty',
  )
  activity.refused(
    radio,
    'update',
    listenName,
    { track: 'x', seconds: 0 },
    'validation_error',
    'createdAt: missing; seconds: 0',
  )
  const list = activity.kept(sakura, playlistName, { name: '夜', items: [note.uri] }, { key: 'yoru' })
  activity.skip(3n)
  const many = Array.from({ length: 9 }, () => note.uri)
  activity.kept(
    sakura,
    playlistName,
    { name: '夜 (長い)', items: many },
    { key: list.rkey, operation: 'update' },
  )
  activity.refused(
    nino,
    'create',
    listenName,
    listenTo(0),
    'error',
    'Actor validation failed: the directory did not answer',
  )
  activity.refused(
    nino,
    'update',
    playlistName,
    { name: 'დრო', items: [] },
    'error',
    'Failed to fetch lexicons: SqlightError(Busy, "", -1)',
    'empty',
  )
  const doubled = activity.kept(ziad, listenName, listenTo(1))
  activity.deleted(doubled)
  activity.refused(elise, 'delete', listenName, null, 'error', 'Delete failed: القرص ممتلئ')
  activity.kept(
    radio,
    'app.bsky.feed.post',
    postOf('Next: @ziad.example.net on the oud 👨‍🎤', 'en', { mention: ziad }),
  )
  activity.refused(sakura, 'create', 'app.bsky.feed.post', postOf('…', 'ja'), 'processing', null)
  activity.refused(sakura, 'update', playlistName, { name: '朝', items: [] }, 'processing', null, 'yoru')
  activity.refused(elise, 'delete', 'app.bsky.feed.post', null, 'processing', '')
  const lastKept = activity.nextId()
  activity.refused(
    radio,
    'create',
    'app.bsky.feed.post',
    postOf('test, please ignore', 'en'),
    'error',
    'Database insert failed',
  )
  activity.refused(
    radio,
    'create',
    'app.bsky.feed.post',
    postOf('test 2', 'en'),
    'error',
    'Database insert failed',
  )
  activity.purgeFrom(lastKept, 'The operator removed two tests; AUTOINCREMENT remembers their numbers.')
}
