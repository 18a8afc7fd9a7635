const menu = element.querySelector('details'), list = menu.querySelector('.files'), bar = menu.querySelector('.build');
const news = menu.querySelector('.news'), field = menu.querySelector('[type=file]'), words = () => props.value.words;
let library = null, timer = null, renewed = null, drawn = '', sending = new Map();

function make(tag, texts, ...inside) {
  const made = Object.assign(document.createElement(tag), texts);
  made.append(...inside);
  return made;
}
const say = (key, one, all) => words()[key].replace('##', all).replace('#', one);
function tell(text) {
  news.append(make('li', {textContent: text}));
  document.querySelector('#said').textContent = text;
}

// --- what the server has

const due = () => library.stage || library.files.some(file => file.state === 'waiting')
  || library.files.map(file => file.document).filter(Boolean).sort().join() !== library.documents.join();
const post = path => change(path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'});
async function call(path, options) {
  const reply = await fetch('api/v1/library' + path, options);
  const found = await reply.json();
  if (!reply.ok) throw new Error(found.error);
  return found;
}
async function look() {
  clearTimeout(timer);
  try {
    library = await call('', {});
  } catch (error) {
    bar.replaceChildren(make('p', {textContent: error.message}));
  }
  if (library && props.value) draw();
  const busy = library && (sending.size || (!library.error && due()));
  if (!document.hidden && (menu.open || busy)) timer = setTimeout(look, 1000);
}
async function change(path, options, done) {
  try {
    await call(path, options);
    if (done) tell(done);
  } catch (error) {
    tell(error.message);
  }
  look();
}

// --- what is shown

function draw() {
  draw.title();
  field.closest('label').hidden = !library.writable;
  menu.querySelector('.only').hidden = library.writable;
  draw.progress();
  const state = JSON.stringify([library.files, props.value.chosen, words(), library.writable]);
  if (state !== drawn) draw.files();
  drawn = state;
  const indexed = library.documents.join(), shown = indexed === props.value.indexed.join();
  if (shown && renewed === indexed) tell(words().renewed);
  if (!shown && renewed !== indexed) trigger('renew', {});
  renewed = shown ? null : indexed;  // asked for once, whatever comes of it
}
draw.title = () => {
  const files = library ? library.files.filter(file => file.document) : [], chosen = props.value.chosen;
  const asked = chosen ? files.filter(file => chosen.includes(file.name)).length : files.length;
  menu.querySelector('summary').textContent = asked < files.length ? say('some documents', asked, files.length) : words().documents;
};
draw.progress = () => {
  const works = [...sending.values()].map(one => ({
    key: one.name, text: say('sending', one.name), done: one.sent, total: one.total, stop: () => one.request.abort()}));
  if (library.stage) works.push({key: '', text: stage() + left(), done: library.done, total: library.total, stop: library.writable && (() => post('/cancel'))});
  const error = library.stage ? null : library.error, key = JSON.stringify([works.map(work => work.key), error, words()]);
  if (key !== bar.dataset.key) {
    const held = bar.contains(document.activeElement);
    const again = button(words()['index now'], () => post('/build')), problem = make('p', {className: 'problem', textContent: error});
    bar.replaceChildren(...works.map(work => make('p', {}, make('span', {}), make('progress', {}), ...(work.stop ? [button(words().stop, work.stop)] : []))),
      ...(library.stage ? [make('p', {className: 'facts', textContent: words().usable})] : []),
      ...(error ? [problem, ...(library.writable ? [again] : [])] : []));
    if (held) (bar.querySelector('button') || menu.querySelector('summary')).focus();
  }
  bar.dataset.key = key;
  bar.querySelectorAll('progress').forEach((progress, i) => {
    const work = works[i];
    progress.previousSibling.textContent = progress.ariaLabel = work.text;
    if (work.total > 1) Object.assign(progress, {max: work.total, value: work.done});
    else progress.removeAttribute('value');
  });
};
const button = (text, act) => make('button', {type: 'button', className: 'quiet', textContent: text, onclick: act});
const stage = () => say('stage ' + library.stage.split(' ')[0], library.done, library.total);
function left() {
  const seconds = library.seconds_left;
  if (seconds === null || seconds < 1) return '';
  return ' · ' + (seconds < 90 ? say('seconds left', Math.ceil(seconds)) : say('minutes left', Math.ceil(seconds / 60)));
}
draw.files = () => {
  const held = list.contains(document.activeElement) && document.activeElement.dataset.key;
  list.replaceChildren(...library.files.map(row), ...(props.value.chosen ? [make('li', {}, choice(words()['ask all'], null))] : []));
  const again = held && [...list.querySelectorAll('[data-key]')].find(e => e.dataset.key === held);
  if (again) again.focus();
  else if (held) menu.querySelector('summary').focus();
};
function choice(text, name) {
  const made = button(text, () => trigger('choose', {sent: name && [name]}));
  made.ariaLabel = name ? text + ': ' + name : text;
  made.dataset.key = 'only ' + name;
  return made;
}
function row(file) {
  const size = file.bytes < 1e6 ? Math.ceil(file.bytes / 1e3) + ' kB' : (file.bytes / 1e6).toFixed(1) + ' MB';
  const state = {waiting: words().waiting, 'left out': words()['left out file']}[file.state];
  const facts = [file.title && file.name, file.pages && say('pages #', file.pages), size, state].filter(Boolean).join(' · ');
  const name = make('span', {textContent: file.title || file.name});
  const box = make('input', {type: 'checkbox', checked: !props.value.chosen || props.value.chosen.includes(file.name)});
  Object.assign(box.dataset, {name: file.name, key: 'ask ' + file.name});
  const parts = [file.document ? make('label', {}, box, name) : name, make('span', {className: 'facts', textContent: facts})];
  if (file.document && library.documents.length > 1) parts.push(choice(words()['only this'], file.name));
  if (library.writable) {
    const path = '/' + file.name.split('/').map(encodeURIComponent).join('/');
    const remove = button(words().remove, () => confirm(words()['remove sure'] + '\n' + file.name)
      && change(path, {method: 'DELETE'}, say('removed', file.name)));
    remove.ariaLabel = words().remove + ': ' + file.name;
    remove.dataset.key = 'remove ' + file.name;
    parts.push(remove);
  }
  if (file.message) parts.push(make('p', {className: 'problem', textContent: file.message}));
  return make('li', {}, ...parts);
}

// --- adding

function send(file) {
  return new Promise(resolve => {
    const request = new XMLHttpRequest(), one = {name: file.name, sent: 0, total: file.size, request: request};
    request.upload.onprogress = event => { one.sent = event.loaded; };
    request.onloadend = () => {
      sending.delete(request);
      let reply = null;
      try { reply = JSON.parse(request.responseText); } catch { /* said below */ }
      if (reply) tell(reply.error || reply.message || say('added', reply.name));
      else tell(say('not sent', file.name));
      resolve();
    };
    sending.set(request, one);
    request.open('PUT', 'api/v1/library/' + encodeURIComponent(file.name));
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.send(file);
  });
}
async function add(files) {
  news.replaceChildren();
  const all = [...files];
  setTimeout(look);
  for (const file of all) await send(file);
  look();
}
field.addEventListener('change', async () => { await add(field.files); field.value = ''; });
for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) menu.querySelector('.panel').addEventListener(name, event => {
  if (!library || !library.writable || !event.dataTransfer.types.includes('Files')) return;
  event.preventDefault();
  menu.classList.toggle('over', name === 'dragover' || name === 'dragenter');
  if (name === 'drop') add(event.dataTransfer.files);
});

// --- choosing

list.addEventListener('change', event => {
  const boxes = [...list.querySelectorAll('[type=checkbox]')], chosen = boxes.filter(box => box.checked);
  news.replaceChildren();
  if (!chosen.length) {
    event.target.checked = true;
    return tell(words()['one at least']);
  }
  trigger('choose', {sent: chosen.length === boxes.length ? null : chosen.map(box => box.dataset.name)});
});

menu.addEventListener('toggle', () => {
  if (!menu.open) return;
  news.replaceChildren();
  look();
});
document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
document.addEventListener('keydown', event => {
  if (event.key !== 'Escape' || !menu.open) return;
  menu.open = false;
  menu.querySelector('summary').focus();
});
for (const name of ['click', 'focusin']) document.addEventListener(name, event => {
  if (event.target.isConnected && !element.contains(event.target)) menu.open = false;
});
watch('value', () => {
  const value = props.value;
  if (!value || !value.words) return;
  menu.querySelector('.hint').textContent = value.words['ask which'];
  menu.querySelector('.only').textContent = value.words['read only'];
  field.previousElementSibling.textContent = value.words['add documents'];
  if (library) draw();
  else look();
  draw.title();
});
