const log = element.querySelector('.log');
const shown = [];
const note = element.querySelector('.editing');
let version = -1, words = {}, follows = false, resumed = false, edited = null;
for (const name of ['wheel', 'touchmove', 'keydown', 'pointerdown']) log.addEventListener(name, () => { follows = false; }, {passive: true});

function fill(section, html) {
  const parts = () => [...section.querySelectorAll('a, button, summary, input')];
  const active = parts().includes(document.activeElement) ? document.activeElement : null;
  const focused = active && active.outerHTML, key = active && active.dataset.key;
  const fields = [...section.querySelectorAll('.thumbs input')].map(e => [e.checked, e.value]);
  const opened = [...section.querySelectorAll('details[open]')].map(e => e.className);
  for (const node of put(section, html)) {
    if (node.querySelectorAll) node.querySelectorAll('details').forEach(e => { if (e.className !== 'forms') e.open = opened.includes(e.className); });
  }
  const inputs = section.querySelectorAll('.thumbs input');
  if (inputs.length === fields.length) inputs.forEach((e, i) => { [e.checked, e.value] = fields[i]; });
  const again = focused && !active.isConnected && (parts().find(e => e.outerHTML === focused) || (key && section.querySelector(`[data-key="${key}"]`)));
  if (again) again.focus({preventScroll: true});
}
function put(section, html) {  // what is the same as before stays, with whatever points at it; what is new is returned
  const added = [], fresh = Object.assign(document.createElement('template'), {innerHTML: html}).content;
  let old = section.firstChild;
  for (const node of [...fresh.childNodes]) {
    const text = node.outerHTML || node.textContent;
    let same = old;
    while (same && same.sent !== text) same = same.nextSibling;
    if (!same) {
      added.push(section.insertBefore(node, old));
      node.sent = text;
      continue;
    }
    while (old !== same) { const next = old.nextSibling; old.remove(); old = next; }
    old = same.nextSibling;
  }
  while (old) { const next = old.nextSibling; old.remove(); old = next; }
  return added;
}
watch('value', () => {
  const value = JSON.parse(props.value || '{}');
  if (!(value.version >= version)) return;  // an older state of the conversation, overtaken on the way
  version = value.version;
  words = value.words;
  resume(value.conversation);
  if (edited !== null && log.getAttribute('aria-label') !== value.label) explain();  // in the other language
  log.setAttribute('aria-label', value.label);
  const before = shown.length;
  if (!value.turns.length || !before) log.replaceChildren();
  shown.length = Math.min(before, value.turns.length);
  [...log.querySelectorAll('.turn')].slice(value.turns.length).forEach(e => e.remove());
  if (!value.turns.length) log.innerHTML = value.empty;
  value.turns.forEach((html, i) => {
    if (shown[i] === html) return;
    const sections = log.querySelectorAll('.turn');
    const section = sections[i] || log.appendChild(Object.assign(document.createElement('section'), {className: 'turn'}));
    section.setAttribute('aria-labelledby', 't-' + (i + 1));
    fill(section, html);
    shown[i] = html;
  });
  follows = value.turns.length > before || (follows && value.turns.length);
  if (follows) log.scrollTop += log.lastElementChild.getBoundingClientRect().top - log.getBoundingClientRect().top - 8;
});

function resume(conversation) {
  if (conversation !== null) return sessionStorage.setItem('conversation', conversation);
  const before = sessionStorage.getItem('conversation');
  if (before && !resumed) trigger('resume', {sent: before});
  resumed = true;
}
const box = () => document.querySelector('#question textarea');
function write(text) {
  const area = box();
  area.value = text;
  area.dispatchEvent(new Event('input', {bubbles: true}));
  area.focus();
}
function withoutClipboard(text) {
  const area = Object.assign(document.createElement('textarea'), {value: text, className: 'aside'});
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  focused.focus({preventScroll: true});
  return done;
}
async function toClipboard(text, form) {
  try {
    if (form !== 'html' || !window.ClipboardItem) return await navigator.clipboard.writeText(text), true;
    const as = type => new Blob([text], {type: type});
    await navigator.clipboard.write([new ClipboardItem({'text/html': as('text/html'), 'text/plain': as('text/plain')})]);
    return true;
  } catch {  // no clipboard without https on other machines, nor where it is forbidden
    return withoutClipboard(text);
  }
}
function byHand(button, text) {
  const label = document.createElement('label');
  label.className = 'by-hand';
  label.textContent = words.byHand;
  const area = Object.assign(document.createElement('textarea'), {value: text, readOnly: true, rows: 4});
  label.append(area);
  button.closest('blockquote').append(label);
  area.select();
}
async function copy(button) {
  if (!await toClipboard(button.dataset.copy, button.dataset.form)) return byHand(button, button.dataset.copy);
  const before = button.dataset.before || button.textContent;
  button.dataset.before = before;
  button.textContent = document.querySelector('#said').textContent = words.copied;
  setTimeout(() => { button.textContent = before; document.querySelector('#said').textContent = ''; }, 2000);
}
// --- editing a question

function edit(button) {
  edited = Number(button.dataset.turn);
  explain();
  write(button.dataset.edit);
}
function explain() {
  note.replaceChildren(words.editing.replace('#', edited) + ' ',
    Object.assign(document.createElement('button'), {type: 'button', className: 'quiet cancel', textContent: words.cancel}));
  note.hidden = false;
}
function stop() {
  edited = null;
  note.hidden = true;
}
function instead(event) {
  if (edited === null) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const question = box().value;
  if (!question.trim()) return;
  trigger('ask', {question: question, instead: edited});
  stop();
}
document.addEventListener('keydown', event => {
  if (!event.target.matches('#question textarea')) return;
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) instead(event);
  if (event.key === 'Escape' && edited !== null) { stop(); write(''); }
}, true);
document.addEventListener('click', event => {
  if (event.target.closest('#send')) instead(event);
  if (event.target.closest('#new, #drawer [data-open]')) stop();
}, true);

function rate(button) {
  const section = button.closest('.turn'), thumbs = button.closest('.thumbs');
  const said = {turn: [...log.querySelectorAll('.turn')].indexOf(section) + 1, thumb: button.dataset.thumb || 'down'};
  if ('reasons' in button.dataset) {
    said.reasons = [...thumbs.querySelectorAll('[type=checkbox]:checked')].map(e => e.value);
    said.comment = thumbs.querySelector('[type=text]').value;
  }
  trigger('rate', {sent: said});
}
element.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.copy) copy(button);
  if (button.dataset.edit) edit(button);
  if (button.dataset.ask) { stop(); trigger('ask', {question: button.dataset.ask, instead: null}); }
  if (button.dataset.thumb || 'reasons' in button.dataset) rate(button);
  if (button.matches('.cancel')) { stop(); write(''); }
});
