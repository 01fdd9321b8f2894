// Everything a page of ours looks like; imported once by what mounts the page.
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './base.css';
