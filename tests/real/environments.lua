--- Real environments of old packages: what is in them, pinned, as it went together in its day.
--
-- The pins are whole sets: they are installed without looking for what they need, so that each is the same tomorrow.
-- Python 3.11 takes all of them, as wheels or built within seconds. `more` names what is added by hand (more.lua);
-- `system` makes an environment see the packages of the Python that it was made with. `left` is how many findings the
-- mode conservative may leave there at most; none without it.
return {
  { name = "django-2", -- a Django 2.2 site with its plugins
    pins = [[
    confusable-homoglyphs==3.2.0 django==2.2.10 django-crispy-forms==1.9.0 django-debug-toolbar==2.2
    django-filter==2.2.0 django-grappelli==2.14.1 django-registration==3.1 djangorestframework==3.11.0
    pytz==2021.1 six==1.16.0 sqlparse==0.4.1 whitenoise==5.0.1]] },
  { name = "django-3", -- Django 3.2 with a CMS, celery and two-factor logins
    pins = [[
    amqp==5.1.1 asgiref==3.5.2 billiard==3.6.4.0 celery==5.1.2 certifi==2022.9.24 charset-normalizer==2.0.12
    click==7.1.2 click-didyoumean==0.3.0 click-plugins==1.1.1 click-repl==0.2.0 deprecated==1.2.13 django==3.2.4
    django-celery-results==2.2.0 django-classy-tags==3.0.1 django-cms==3.8.0 django-formtools==2.4
    django-otp==1.1.4 django-phonenumber-field==5.2.0 django-sekizai==4.0.0 django-treebeard==4.5.1
    django-two-factor-auth==1.13.1 djangocms-admin-style==3.2.0 gunicorn==20.1.0 idna==3.4 kombu==5.2.4
    packaging==21.3 prompt-toolkit==3.0.32 pyparsing==3.0.9 pytz==2022.6 qrcode==6.1 redis==4.1.0 requests==2.26.0
    setuptools==65.6.0 six==1.16.0 sqlparse==0.4.3 urllib3==1.26.12 vine==5.0.0 wcwidth==0.2.5 wrapt==1.14.1]] },
  { name = "flask", -- a flask stack on SQLAlchemy 1.3
    pins = [[
    bottle==0.12.18 click==7.1.2 flask==1.1.2 flask-admin==1.5.6 flask-caching==1.8.0 flask-login==0.5.0
    flask-sqlalchemy==2.4.1 flask-wtf==0.14.3 itsdangerous==1.1.0 jinja2==2.10.1 markupsafe==1.1.1
    sqlalchemy==1.3.13 werkzeug==0.15.5 wtforms==2.3.1]] },
  { name = "requests", -- command line tools on requests 2.19
    pins = [[
    certifi==2022.9.24 cffi==1.15.1 chardet==3.0.4 cryptography==38.0.3 entrypoints==0.4 feedparser==5.2.1
    idna==2.7 jeepney==0.8.0 keyring==19.0.0 oauthlib==3.2.2 pycparser==2.21 pyjwt==1.5.0 requests==2.19.1
    requests-oauthlib==1.0.0 secretstorage==3.3.3 tqdm==4.11.0 urllib3==1.23]] },
  { name = "aiohttp", -- an aiohttp service with its stores
    pins = [[
    aiohttp==3.8.3 aiohttp-cors==0.7.0 aiosignal==1.3.1 async-timeout==4.0.2 asyncpg==0.27.0 attrs==22.2.0
    charset-normalizer==2.1.1 decorator==5.1.1 dnspython==2.3.0 frozenlist==1.3.3 idna==3.4 multidict==6.0.4
    pydash==5.1.0 pymongo==4.3.3 python-engineio==3.8.2 python-socketio==4.2.1 redis==4.4.0 six==1.16.0
    ujson==5.6.0 validators==0.20.0 yarl==1.8.2]] },
  { name = "images", -- images, spreadsheets and PDF
    pins = [[
    cairocffi==1.4.0 cairosvg==2.5.0 cffi==1.15.1 cssselect2==0.7.0 defusedxml==0.7.1 et-xmlfile==1.1.0
    jdcal==1.4.1 lxml==4.9.2 openpyxl==3.0.5 pillow==9.3.0 pycparser==2.21 pypdf2==1.27.0 reportlab==3.6.12
    svglib==1.0.1 tinycss2==1.2.1 webencodings==0.5.1]] },
  { name = "numbers", -- numpy and pandas
    pins = [[
    certifi==2022.9.24 charset-normalizer==2.1.1 et-xmlfile==1.1.0 idna==3.4 joblib==1.2.0 numpy==1.23.5
    openpyxl==3.0.10 pandas==1.5.2 pillow==9.3.0 python-dateutil==2.8.2 pytz==2022.6 requests==2.28.1 six==1.16.0
    tqdm==4.64.0 urllib3==1.26.13]] },
  { name = "cryptography", -- keys, tokens and SSH
    pins = [[
    authlib==0.15.2 bcrypt==3.2.0 certifi==2020.12.5 cffi==1.14.4 chardet==3.0.4 cryptography==3.2 ecdsa==0.14.1
    idna==2.10 oauthlib==3.1.0 paramiko==2.7.2 pyasn1==0.4.8 pycparser==2.20 pyjwt==1.5.0 pynacl==1.4.0
    pyopenssl==19.1.0 python-gnupg==0.4.3 python-jose==3.2.0 requests==2.25.0 rsa==4.0 six==1.15.0 urllib3==1.26.3]] },
  { name = "jupyter", left = 2, -- a notebook server
    pins = [[
    anyio==3.6.2 argon2-cffi==21.3.0 argon2-cffi-bindings==21.2.0 asttokens==2.2.1 attrs==22.2.0 backcall==0.2.0
    beautifulsoup4==4.11.2 bleach==5.0.0 certifi==2022.12.7 cffi==1.15.1 charset-normalizer==3.0.1 colorama==0.4.6
    comm==0.1.2 debugpy==1.6.6 decorator==5.1.1 defusedxml==0.7.1 entrypoints==0.4 executing==1.2.0
    fastjsonschema==2.16.3 gitdb==4.0.10 gitpython==3.1.31 idna==3.4 ipykernel==6.21.2 ipython==8.4.0
    ipython-genutils==0.2.0 jedi==0.18.2 jinja2==3.1.2 jsonschema==4.17.3 jupyter-client==8.0.3
    jupyter-core==5.2.0 jupyter-server==1.15.0 jupyter-server-mathjax==0.2.6 jupyterlab-pygments==0.2.2
    markupsafe==2.1.2 matplotlib-inline==0.1.6 mistune==0.8.4 nbclient==0.7.2 nbconvert==6.5.0 nbdime==3.1.0
    nbformat==5.7.3 nest-asyncio==1.5.6 notebook==6.4.12 packaging==23.0 pandocfilters==1.5.0 parso==0.8.3
    pexpect==4.8.0 pickleshare==0.7.5 platformdirs==3.0.0 prometheus-client==0.16.0 prompt-toolkit==3.0.38
    psutil==5.9.4 ptyprocess==0.7.0 pure-eval==0.2.2 pycparser==2.21 pygments==2.14.0 pyrsistent==0.19.3
    python-dateutil==2.8.2 pyzmq==25.0.0 requests==2.28.2 send2trash==1.8.0 setuptools==67.4.0 six==1.16.0
    smmap==5.0.0 sniffio==1.3.0 soupsieve==2.4 stack-data==0.6.2 terminado==0.17.1 tinycss2==1.2.1 tornado==6.2
    traitlets==5.9.0 urllib3==1.26.14 wcwidth==0.2.6 webencodings==0.5.1 websocket-client==1.5.1]] },
  { name = "celery", left = 1, -- workers with gevent and eventlet
    pins = [[
    amqp==5.1.1 async-timeout==4.0.2 billiard==3.6.4.0 celery==5.0.5 certifi==2022.9.24 charset-normalizer==2.0.12
    click==7.1.2 click-didyoumean==0.3.0 click-plugins==1.1.1 click-repl==0.2.0 deprecated==1.2.13
    dnspython==2.2.1 eventlet==0.33.0 flower==1.0.0 gevent==22.10.2 greenlet==2.0.1 humanize==4.4.0 idna==3.4
    kombu==5.0.2 packaging==21.3 prometheus-client==0.15.0 prompt-toolkit==3.0.32 pyparsing==3.0.9 pytz==2022.6
    redis==4.3.0 requests==2.27.0 setuptools==65.6.0 six==1.16.0 sqlalchemy==1.4.44 supervisor==4.2.4 tornado==6.2
    urllib3==1.26.12 vine==5.0.0 wcwidth==0.2.5 wrapt==1.14.1 zope-event==4.5.0 zope-interface==5.5.2]] },
  { name = "sqlalchemy", left = 2, -- migrations of databases
    pins = [[
    alembic==1.0.5 certifi==2022.9.24 cffi==1.15.1 chardet==3.0.4 cryptography==38.0.3 idna==2.7 mako==1.0.7
    markupsafe==2.1.1 marshmallow==2.19.0 psycopg2-binary==2.9.5 pycparser==2.21 pymysql==0.9.2
    python-dateutil==2.8.2 python-editor==1.0.4 pyyaml==5.3.1 requests==2.20.0 six==1.16.0 sqlalchemy==1.2.17
    urllib3==1.24.3]] },
  { name = "scrapy", left = 2, -- scrapy on twisted and lxml
    pins = [[
    attrs==22.1.0 automat==22.10.0 certifi==2022.12.7 cffi==1.15.1 charset-normalizer==2.1.1 constantly==15.1.0
    cryptography==36.0.0 cssselect==1.2.0 feedparser==6.0.2 h2==3.2.0 hpack==3.0.0 hyperframe==5.2.0
    hyperlink==21.0.0 idna==3.4 incremental==22.10.0 itemadapter==0.2.0 itemloaders==1.0.6 jmespath==1.0.1
    lxml==4.9.2 packaging==22.0 parsel==1.7.0 priority==1.3.0 protego==0.2.1 pyasn1==0.4.8 pyasn1-modules==0.2.8
    pycparser==2.21 pydispatcher==2.0.6 pyopenssl==22.0.0 queuelib==1.6.2 requests==2.28.1 scrapy==2.5.0
    service-identity==21.1.0 setuptools==65.6.3 sgmllib3k==1.0.0 six==1.16.0 treq==21.1.0 twisted==21.7.0
    typing-extensions==4.4.0 urllib3==1.26.4 w3lib==2.1.1 zope-interface==5.5.2]] },
  { name = "boto3", -- the AWS command line: it pins botocore, and PyYAML below a version that can be built
    pins = [[
    awscli==1.22.30 boto3==1.20.30 botocore==1.23.30 certifi==2022.5.18.1 chardet==4.0.0 colorama==0.4.3
    docutils==0.15.2 idna==2.10 jmespath==0.10.0 pyasn1==0.4.8 python-dateutil==2.8.2 pyyaml==5.3.1
    requests==2.25.1 rsa==4.5 s3transfer==0.5.2 six==1.16.0 urllib3==1.26.4]] },
  { name = "fastapi", left = 5, -- fastapi, whose uvicorn asks for an httptools that cannot be built
    pins = [[
    aiofiles==0.6.0 certifi==2020.12.5 click==7.1.2 ecdsa==0.14.1 fastapi==0.63.0 h11==0.9.0 httpcore==0.12.3
    httpx==0.17.1 idna==3.1 pyasn1==0.4.8 pydantic==1.7.3 pyjwt==1.7.1 python-jose==3.2.0 python-multipart==0.0.5
    rfc3986==1.5.0 rsa==4.7.2 six==1.16.0 sniffio==1.2.0 sqlalchemy==1.3.20 starlette==0.13.6 uvicorn==0.11.3
    websockets==8.1]] },
  { name = "ansible", -- ansible-core with what it drives
    pins = [[
    ansible-core==2.13.3 ansible-runner==1.4.6 bcrypt==4.0.1 certifi==2022.12.7 cffi==1.15.1
    charset-normalizer==2.0.12 cryptography==37.0.2 docker==5.0.3 docutils==0.19 idna==3.4 jinja2==3.0.3
    lockfile==0.12.2 markupsafe==2.1.1 packaging==22.0 paramiko==2.11.0 pexpect==4.8.0 psutil==5.9.4
    ptyprocess==0.7.0 pycparser==2.21 pynacl==1.5.0 python-daemon==2.3.2 python-gnupg==0.4.6 pyyaml==6.0
    requests==2.27.1 resolvelib==0.8.1 setuptools==65.6.3 six==1.16.0 urllib3==1.26.8 websocket-client==1.4.2]] },
  { name = "docs", -- mkdocs and sphinx side by side
    pins = [[
    alabaster==0.7.12 babel==2.9.0 bleach==3.1.0 certifi==2020.12.5 chardet==4.0.0 click==7.1.2 docutils==0.16
    future==0.18.2 idna==2.10 imagesize==1.2.0 jinja2==2.11.2 joblib==1.0.1 livereload==2.6.3 lunr==0.5.8
    markdown==3.2.2 markdown2==2.4.0 markupsafe==1.1.1 mkdocs==1.1.2 nltk==3.6.2 packaging==20.9 pygments==2.7.1
    pyparsing==2.4.7 pytz==2021.1 pyyaml==5.3.1 regex==2021.4.4 requests==2.25.1 setuptools==56.0.0 six==1.15.0
    snowballstemmer==2.1.0 sphinx==3.5.4 sphinxcontrib-applehelp==1.0.2 sphinxcontrib-devhelp==1.0.2
    sphinxcontrib-htmlhelp==1.0.3 sphinxcontrib-jsmath==1.0.1 sphinxcontrib-qthelp==1.0.3
    sphinxcontrib-serializinghtml==1.1.4 tornado==6.1 tqdm==4.60.0 urllib3==1.26.4 webencodings==0.5.1]] },
  { name = "servers", left = 1, -- one of each web server
    pins = [[
    aiofiles==22.1.0 anyio==3.6.2 asgiref==3.5.2 bottle==0.12.18 certifi==2022.12.7 charset-normalizer==3.0.1
    click==8.1.3 gevent==22.10.2 greenlet==2.0.1 gunicorn==20.0.4 h11==0.12.0 h2==4.1.0 hpack==4.0.0
    httpcore==0.13.7 httptools==0.5.0 httpx==0.19.0 hypercorn==0.11.0 hyperframe==6.0.1 idna==3.4 multidict==5.2.0
    priority==2.0.0 rfc3986==1.5.0 sanic==21.6.0 sanic-routing==0.7.0 setuptools==65.6.0 sniffio==1.3.0
    toml==0.10.2 ujson==5.6.0 uvicorn==0.14.0 uvloop==0.17.0 waitress==2.0.0 websockets==10.4 werkzeug==2.0.1
    wsproto==1.2.0 zope-event==4.5.0 zope-interface==5.5.2]] },
  { name = "tensorboard", -- ranges that leave protobuf and grpcio little room
    pins = [[
    absl-py==1.3.0 cachetools==5.2.0 certifi==2022.12.7 charset-normalizer==2.0.12 google-auth==2.6.0
    google-auth-oauthlib==0.4.6 grpcio==1.49.1 idna==3.4 markdown==3.3.4 numpy==1.23.5 oauthlib==3.2.2
    protobuf==3.19.4 pyasn1==0.4.8 pyasn1-modules==0.2.8 requests==2.27.1 requests-oauthlib==1.3.1 rsa==4.6
    setuptools==65.6.3 six==1.16.0 tensorboard==2.10.0 tensorboard-data-server==0.6.1
    tensorboard-plugin-wit==1.8.1 urllib3==1.26.4 werkzeug==2.0.2 wheel==0.38.4]] },
  { name = "projects", left = 2, -- an editable project, one from a folder, and scripts in bin
    more = { "editable", "folder", "scripts" },
    pins = [[
    attrs==21.4.0 certifi==2022.5.18.1 charset-normalizer==2.0.12 click==8.1.3 flask==2.0.1 idna==3.3
    iniconfig==1.1.1 itsdangerous==2.1.2 jinja2==3.1.2 markupsafe==2.1.1 packaging==21.3 pluggy==1.0.0 py==1.11.0
    pyjwt==2.3.0 pyparsing==3.0.9 pytest==7.0.0 requests==2.27.0 tomli==2.0.1 urllib3==1.26.4 waitress==2.1.0
    werkzeug==2.0.1]] },
  { name = "system-site", -- sees the packages of the Python that it was made with
    system = true,
    pins = [[
    certifi==2022.5.18.1 chardet==3.0.4 idna==2.10 pyjwt==2.3.0 requests==2.25.0 sqlparse==0.4.2 urllib3==1.26.4
    waitress==2.1.0]] },
  { name = "strangers", left = 2, -- packages that pip did not install, and cannot remove
    more = { "egg_info", "no_record", "unlisted", "scripts" },
    pins = [[
    arrow==1.2.2 babel==2.9.0 binaryornot==0.4.4 bottle==0.12.19 certifi==2022.5.18.1 chardet==4.0.0
    charset-normalizer==2.0.12 click==8.1.3 cookiecutter==1.7.3 idna==3.3 jinja2==3.1.2 jinja2-time==0.2.0
    markupsafe==2.1.1 poyo==0.5.0 pyjwt==2.3.0 python-dateutil==2.8.2 python-slugify==6.1.2 pytz==2022.1
    requests==2.27.0 six==1.16.0 text-unidecode==1.3 urllib3==1.26.4]] },
}
