const MOST = 8 * 1024 * 1024;
const menus = [...element.querySelectorAll('details.menu')];
let saved = 0;
const choose = choice => trigger('choose', {sent: choice});

menus.forEach(menu => menu.addEventListener('toggle', () => {
  if (!menu.open) return;
  menus.forEach(other => { if (other !== menu) other.open = false; });
  menu.querySelector('.said').textContent = '';
  if (menu.id === 'kept') choose({what: 'list'});
}));
document.addEventListener('keydown', event => {
  const menu = menus.find(one => one.open);
  if (event.key !== 'Escape' || !menu) return;
  menu.open = false;
  menu.querySelector('summary').focus();
});
for (const name of ['click', 'focusin']) document.addEventListener(name, event => {
  if (!event.target.isConnected || element.contains(event.target)) return;
  menus.forEach(menu => { menu.open = false; });
});

function put(menu, html) {
  const inside = menu.querySelector('.choices');
  const held = inside.contains(document.activeElement);
  inside.innerHTML = html;
  if (held && menu.open) (inside.querySelector('button') || menu.querySelector('summary')).focus();
}
function save(file) {
  if (file.serial <= saved) return;
  saved = file.serial;
  const bytes = Uint8Array.from(atob(file.data), c => c.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], {type: file.type}));
  Object.assign(document.createElement('a'), {href: url, download: file.name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
function tell(text) {
  menus.forEach(menu => { menu.querySelector('.said').textContent = menu.open ? text : ''; });
  if (text) document.querySelector('#said').textContent = text;
}
function draw() {
  const value = props.value;
  if (!value || !value.words) return;
  menus.forEach((menu, i) => { menu.querySelector('summary').textContent = value.titles[i]; });
  if (value.list !== null) put(menus[0], value.list);
  if (menus[1].dataset.lang !== value.take) put(menus[1], value.take);
  menus[1].dataset.lang = value.take;
  if (value.file) save(value.file);
  tell(value.note);
}
watch('value', draw);

element.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (!button) return;
  const data = button.dataset, words = props.value.words;
  if (data.open) choose({what: 'open', id: data.open});
  if (data.take) choose({what: 'take', form: data.take});
  if (data.delete && confirm(words['delete sure'] + '\n' + data.title)) choose({what: 'delete', id: data.delete});
  if (data.deleteAll && confirm(words['delete all sure'])) choose({what: 'delete all'});
  if (data.rename) {
    const title = prompt(words['rename to'], data.title);
    if (title && title.trim()) choose({what: 'rename', id: data.rename, title: title});
  }
});
element.addEventListener('change', async event => {
  const file = event.target.matches('[data-bring]') && event.target.files[0];
  if (!file) return;
  event.target.value = '';
  if (file.size > MOST) return tell(props.value.words['too large']);
  choose({what: 'bring', text: await file.text()});
});
