"""As `data.sample.py`, for what this environment adds."""

import numpy as np
from scipy import fft, integrate, interpolate, linalg, ndimage, optimize, signal, sparse, spatial, stats
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(1)
x = rng.normal(size=(60, 3))
y = (x.sum(axis=1) > 0).astype(int)
linalg.svdvals(x), stats.ttest_ind(x[:, 0], x[:, 1]), stats.norm.cdf(1.96)
optimize.minimize(lambda v: ((v - 1) ** 2).sum(), [0.0, 0.0]), optimize.curve_fit(lambda t, a: a * t, [1, 2], [2, 4])
integrate.quad(np.sin, 0, np.pi), integrate.solve_ivp(lambda t, v: -v, [0, 1], [1.0])
interpolate.CubicSpline([0, 1, 2], [0, 1, 4])(1.5), fft.fft([1.0, 2.0]), signal.butter(3, 0.2)
ndimage.gaussian_filter(np.eye(5), 1), sparse.csr_matrix(np.eye(3)) @ np.ones(3), spatial.cKDTree(x).query(x[:2])
train, test, wanted, known = train_test_split(x, y, random_state=0)
make_pipeline(StandardScaler(), LogisticRegression()).fit(train, wanted).score(test, known)
RandomForestClassifier(n_estimators=5, random_state=0).fit(train, wanted).predict(test)
LinearRegression().fit(x, y).coef_, KMeans(3, n_init=2, random_state=0).fit(x).labels_
repr(LogisticRegression()), LogisticRegression()._repr_html_()
