const log = element.querySelector('.log');
const shown = [];
let version = -1, follows = false;
for (const name of ['wheel', 'touchmove', 'keydown', 'pointerdown']) log.addEventListener(name, () => { follows = false; }, {passive: true});

function fill(section, html) {
  const parts = () => [...section.querySelectorAll('a, button, summary')];
  const focused = parts().indexOf(document.activeElement) < 0 ? null : document.activeElement.outerHTML;
  const opened = [...section.querySelectorAll('details[open]')].map(e => e.className);
  section.innerHTML = html;
  section.querySelectorAll('details').forEach(e => { if (e.className !== 'forms') e.open = opened.includes(e.className); });
  const again = focused && parts().find(e => e.outerHTML === focused);
  if (again) again.focus({preventScroll: true});
}
watch('value', () => {
  const value = props.value;
  if (!value || value.version < version) return;  // an older state of the conversation, overtaken on the way
  version = value.version;
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

function write(text) {
  const box = document.querySelector('#question textarea');
  box.value = text;
  box.dispatchEvent(new Event('input', {bubbles: true}));
  box.focus();
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
async function put(text, form) {
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
  label.textContent = props.value.words.byHand;
  const area = Object.assign(document.createElement('textarea'), {value: text, readOnly: true, rows: 4});
  label.append(area);
  button.closest('blockquote').append(label);
  area.select();
}
async function copy(button) {
  if (!await put(button.dataset.copy, button.dataset.form)) return byHand(button, button.dataset.copy);
  const before = button.dataset.before || button.textContent;
  button.dataset.before = before;
  button.textContent = document.querySelector('#said').textContent = props.value.words.copied;
  setTimeout(() => { button.textContent = before; document.querySelector('#said').textContent = ''; }, 2000);
}
element.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.copy) copy(button);
  if (button.dataset.edit) write(button.dataset.edit);
  if (button.dataset.ask) trigger('ask', {question: button.dataset.ask});
});
